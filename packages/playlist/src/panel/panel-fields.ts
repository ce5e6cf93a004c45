import { cleanText, cutText } from '../clean-text.ts'

const MAX_TEXT = 2_000

/** An item of a panel's answer. Panels differ in types: numbers are texts, or `null`. */
export type PanelItem = Readonly<Record<string, unknown>>

/** A plain object; undefined for anything else. */
export function panelItem(value: unknown): PanelItem | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as PanelItem) : undefined
}

/** One line of text; empty for `null`, objects and whatever else has no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? cleanText(String(value)) : ''
}

/** For people; an address in it would be the provider's. */
export function describedText(value: unknown): string {
  return cutText(textOf(value).replace(/\S+:\/\/\S+/g, ''), MAX_TEXT)
}

/** The extension of a file, such as `mkv`; `mp4` where the panel names none. */
export function extensionOf(written: unknown): string {
  const extension = textOf(written).replace(/^\./, '').toLowerCase()
  return /^[a-z0-9]{1,5}$/.test(extension) ? extension : 'mp4'
}

/** A whole number from 0, also as text; undefined for anything else. */
export function countOf(value: unknown): number | undefined {
  const text = textOf(value)
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
