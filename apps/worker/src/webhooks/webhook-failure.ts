import { NotWorthRetrying } from '@kptv/jobs'

/** A message was not taken. Neither field holds the address. */
export class WebhookFailure extends Error {
  readonly status: number | undefined
  /** Such as `ECONNREFUSED`, where nothing answered. */
  readonly code: string | undefined
  /** The receiver has said when the next attempt is welcome. */
  readonly retryAfterMs: number | undefined

  constructor(how: { readonly status?: number; readonly code?: string; readonly retryAfterMs?: number | undefined }) {
    super(
      how.status === undefined ? `the webhook cannot be reached: ${how.code}` : `the webhook answered ${how.status}`,
    )
    this.status = how.status
    this.code = how.code
    this.retryAfterMs = how.retryAfterMs
  }

  /** Another attempt may succeed. */
  get isPassing(): boolean {
    return this.status === undefined || this.status >= 500 || WORTH_RETRYING.has(this.status)
  }

  /** For the queue, which tries again or not. */
  get asJobError(): Error {
    return this.isPassing ? this : new NotWorthRetrying(this.message)
  }
}

/** Of the answers below 500, those that another attempt may change. */
const WORTH_RETRYING: ReadonlySet<number> = new Set([408, 425, 429])

/** Nobody waits for a message for longer. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** Of the field `Retry-After`: seconds, or a date. */
export function retryAfterMs(field: string | null, nowMs: number): number | undefined {
  if (field === null || field.trim() === '') return undefined
  const ms = /^\d+$/.test(field.trim()) ? Number(field) * 1_000 : Date.parse(field) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms))
}
