/** Hints of the edges to each other about slots, beside the records in Redis. They may be lost. */
export type SlotSignals = {
  /** A session, here or on another node, wants a slot of the account now and has none. */
  isWanted(accountId: string): boolean
  /** An edge, perhaps this one, has announced it. */
  heardWanted(accountId: string): void
  /** Announces it to all edges. */
  want(accountId: string): void
  /** Announces to all edges that a slot was given back. */
  freed(accountId: string): void
}

/** A session that waits announces it every second. */
const WANTED_MS = 2_500

export function createSlotSignals(options: {
  readonly announce: (signal: 'wanted' | 'freed', accountId: string) => void
  readonly monotonicMs: () => number
}): SlotSignals {
  const wantedAt = new Map<string, number>()
  return {
    isWanted: (accountId) => options.monotonicMs() - (wantedAt.get(accountId) ?? -Infinity) < WANTED_MS,
    heardWanted: (accountId) => void wantedAt.set(accountId, options.monotonicMs()),
    want: (accountId) => options.announce('wanted', accountId),
    freed: (accountId) => options.announce('freed', accountId),
  }
}
