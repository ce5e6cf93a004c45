/**
 * `opening`: taken, its connection is being opened. `active`: media is arriving. `closing`: its
 * connection is being closed. `cooling`: closed, but the provider may still count it. `revoked`:
 * the limit was lowered, or a session of higher priority gets it, so its holder gives it up.
 */
export type SlotState = 'opening' | 'active' | 'closing' | 'cooling' | 'revoked'

/** The holder of a slot, readable by people in `kptv:<cluster>:{account:…}:slot-holders`. */
export type SlotHolder = {
  readonly channel: string
  readonly node: string
  readonly incarnation: string
  /** Redis milliseconds. */
  readonly since: number
  readonly state: string
  /** Term of the leadership under which it was taken; absent for a channel that is not shared. */
  readonly term?: number
  /** The highest of its viewers on that node; absent for 0. */
  readonly priority?: number
}

/** Undefined for anything that is not a holder record; never throws. */
export function parseHolder(text: string | undefined): SlotHolder | undefined {
  try {
    const { channel, node, incarnation, since, state, term, priority } = JSON.parse(text ?? '') as Record<
      string,
      unknown
    >
    if (typeof channel !== 'string' || typeof node !== 'string') return undefined
    if (typeof incarnation !== 'string' || typeof since !== 'number') return undefined
    const holder: SlotHolder = {
      channel,
      node,
      incarnation,
      since,
      state: typeof state === 'string' ? state : 'active',
    }
    return {
      ...holder,
      ...(typeof term === 'number' && { term }),
      ...(typeof priority === 'number' && { priority }),
    }
  } catch {
    return undefined
  }
}
