/** Drawn on 16 × 16. */
const PATHS = {
  play: 'M5 3.2v9.6L12.6 8z',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4 14 14',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3 6l5 5 5-5',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5v-8h8',
  dot: 'M8 6.8a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4z',
  check: 'M3 8.5 6.5 12 13 4.5',
  colours: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  language: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c-4.5 4-4.5 8 0 12 4.5-4 4.5-8 0-12',
  alert: 'M8 2.2 14.5 13.5h-13zM8 6.4v3.4M8 11.4v.4',
  stop: 'M4 4h8v8H4z',
  skip: 'M3 3.2v9.6L9.4 8zM11.8 3v10',
  refresh: 'M13.2 8.4a5.2 5.2 0 1 1-1.6-4.1M13 2v3h-3',
  drain: 'M8 2v8M4.5 6.8 8 10.3l3.5-3.5M3 13.5h10',
  move: 'M2 8h11M9.5 4.5 13 8l-3.5 3.5',
} as const

/** A shape beside a word: screen readers skip it. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
