import { systemClock } from '@kptv/clock'
import { PlayerSlots } from '../src/direct/player-slots.ts'
import { ampleCluster } from './session-parts.ts'

type LimitedPlayers = {
  readonly players: PlayerSlots
  /** Accounts whose slot is taken now. */
  readonly taken: () => readonly string[]
  /** Slots that were given so far. */
  readonly given: () => number
}

/** The players of a node, over accounts with one slot each. */
export function createLimitedPlayers(): LimitedPlayers {
  const taken = new Map<string, string>()
  let given = 0
  const players: PlayerSlots = new PlayerSlots({
    clock: systemClock,
    createSlots: () => ({
      ...ampleCluster,
      async takeSlot({ accountId }) {
        if (taken.has(accountId)) return { skip: 'full' }
        given += 1
        taken.set(accountId, `slot-${given}`)
        return { slotId: `slot-${given}` }
      },
      async releaseSlot(slotId) {
        for (const [account, id] of taken) if (id === slotId) taken.delete(account)
        players.slotFreed()
      },
      want: ({ accountId }) => void players.freeLingering(accountId),
    }),
  })
  return { players, taken: () => [...taken.keys()], given: () => given }
}
