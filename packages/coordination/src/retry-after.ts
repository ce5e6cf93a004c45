/** A `Retry-After` beyond this is a mistake, or from a provider that will never be back. */
export const MAX_ASKED_MS = 10 * 60_000
