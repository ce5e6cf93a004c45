/** A connection slot that a waiting session might get. */
export type RankedSlot = {
  readonly slotId: string
  readonly incarnation: string
  readonly channelId: string
  /** Its connection is open or being opened, and nobody has claimed it. */
  readonly isKept: boolean
  /** The highest of its viewers, on all nodes. */
  readonly priority: number
  /** On all nodes. */
  readonly viewers: number
  readonly since: number
}

export type RankedAccount = {
  readonly accountId: string
  readonly limit: number
  /** Sessions in its queue that go first. */
  readonly ahead: number
  readonly slots: readonly RankedSlot[]
}

export type Outranked = RankedSlot & Pick<RankedAccount, 'accountId' | 'limit'>

/**
 * The slot that a waiting session takes over: that of the lowest priority below its own, among
 * equals the one with the fewest viewers, then the newest. None while a slot of any of its accounts
 * is free or about to be, or if only its own channel has some. Pure.
 */
export function chooseOutranked(
  waiter: { readonly channelId: string; readonly priority: number },
  accounts: readonly RankedAccount[],
): Outranked | undefined {
  if (accounts.some(isAboutToGetOne)) return undefined
  const lower = accounts.flatMap(({ accountId, limit, slots }) =>
    slots
      .filter(
        ({ isKept, channelId, priority }) => isKept && channelId !== waiter.channelId && priority < waiter.priority,
      )
      .map((slot) => ({ ...slot, accountId, limit })),
  )
  return lower.sort(
    (one, other) => one.priority - other.priority || one.viewers - other.viewers || other.since - one.since,
  )[0]
}

function isAboutToGetOne({ limit, ahead, slots }: RankedAccount): boolean {
  return limit - slots.filter(({ isKept }) => isKept).length > ahead
}
