import { iso6392 } from 'iso-639-2'

const THREE_LETTERS = new Map(iso6392.map(({ iso6391, iso6392T, iso6392B }) => [iso6391, iso6392T ?? iso6392B]))

/**
 * The code of a transport stream (ISO 639-2) for a language tag of BCP 47 such as `en`, `pt-BR` or
 * `deu`; undefined for anything else.
 */
export function threeLetterLanguage(tag: string): string | undefined {
  const primary = /^([a-z]{2,3})(?:-|$)/i.exec(tag.trim())?.[1]?.toLowerCase()
  return primary?.length === 3 ? primary : primary && THREE_LETTERS.get(primary)
}
