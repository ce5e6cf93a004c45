import { MAX_GUIDE_CHANNELS } from '@kptv/contract'
import type { GuideWindow } from '@kptv/guide'

const HOUR_MS = 3_600_000
const DEFAULT_SPAN_MS = 24 * HOUR_MS
const MAX_SPAN_MS = 7 * 24 * HOUR_MS
const CHANNEL_ID = /^[0-9a-f]{16}$/
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

type Query = Readonly<Record<string, unknown>>

/** The channels that `channels` names, each once; `undefined` if that is not usable. */
export function channelsOf({ channels }: Query): readonly string[] | undefined {
  if (typeof channels !== 'string' || channels.length > MAX_GUIDE_CHANNELS * 17) return undefined
  const ids = [...new Set(channels.split(','))]
  return ids.length <= MAX_GUIDE_CHANNELS && ids.every((id) => CHANNEL_ID.test(id)) ? ids : undefined
}

/**
 * The window that `from` and `to` name; times without an offset are UTC. `undefined` if they are
 * not usable.
 */
export function windowOf({ from, to }: Query, nowMs: number): GuideWindow | undefined {
  const fromMs = from === undefined ? nowMs : timeOf(from)
  if (fromMs === undefined) return undefined
  const toMs = to === undefined ? fromMs + DEFAULT_SPAN_MS : timeOf(to)
  if (toMs === undefined || toMs <= fromMs || toMs - fromMs > MAX_SPAN_MS) return undefined
  return { fromMs, toMs }
}

function timeOf(value: unknown): number | undefined {
  // A `+` that was not escaped arrives as a space.
  const text = typeof value === 'string' ? value.replace(' ', '+') : ''
  if (!TIME.test(text)) return undefined
  const ms = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text)
  return Number.isNaN(ms) ? undefined : ms
}
