/** `Retry-After` beyond this is a mistake, or a provider that we shall never hear of again. */
export const MAX_ASKED_MS = 10 * 60_000
