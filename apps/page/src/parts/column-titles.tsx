/** Cells of a table's head. */
export function ColumnTitles({ titles }: { readonly titles: readonly string[] }) {
  return titles.map((title) => (
    <th key={title} scope="col">
      {title}
    </th>
  ))
}
