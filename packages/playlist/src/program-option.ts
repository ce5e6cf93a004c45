const OPTION = /^\s*programs?\s*=\s*(.*)$/i
/** ISO/IEC 13818-1, 2.4.4.4: 16 bits, and 0 is not a program. */
const MAX_PROGRAM = 0xffff

/**
 * The program number in VLC's option `program=…`, in decimal, or the first of `programs=…`;
 * undefined for other options.
 */
export function programOption(option: string): number | 'bad' | undefined {
  const value = OPTION.exec(option)?.[1]
  if (value === undefined) return undefined
  const digits = /^"?\s*(\d{1,9})\s*(?:,[\d\s,]*)?"?$/.exec(value.trim())?.[1]
  const program = Number(digits ?? 0)
  return program >= 1 && program <= MAX_PROGRAM ? program : 'bad'
}
