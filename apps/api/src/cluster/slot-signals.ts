/** What the edges tell each other about slots beside what Redis holds: hints, which may be lost. */
export type SlotSignals = {
  /** Somebody, here or elsewhere, wants a slot of the account now and has none. */
  isWanted(accountId: string): boolean
  /** An edge, perhaps this one, has told so. */
  heardWanted(accountId: string): void
  /** Tells all edges so. */
  want(accountId: string): void
  /** Tells all edges that a slot was given back. */
  freed(accountId: string): void
}

/** Anyone who waits says so every second. */
const WANTED_MS = 2_500

/** @param options.now monotonic milliseconds */
export function createSlotSignals(options: {
  readonly tell: (signal: 'wanted' | 'freed', accountId: string) => void
  readonly now: () => number
}): SlotSignals {
  const wantedAt = new Map<string, number>()
  return {
    isWanted: (accountId) => options.now() - (wantedAt.get(accountId) ?? -Infinity) < WANTED_MS,
    heardWanted: (accountId) => void wantedAt.set(accountId, options.now()),
    want: (accountId) => options.tell('wanted', accountId),
    freed: (accountId) => options.tell('freed', accountId),
  }
}
