/** Narrows a list down while people type; `label` stands in it as long as it is empty. */
export function FilterText({
  label,
  value,
  onInput,
}: {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
}) {
  return (
    <input
      type="search"
      class="filter-text"
      aria-label={label}
      placeholder={label}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  )
}
