import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chooseOutranked, type RankedAccount, type RankedSlot } from './choose-outranked.ts'

const slot = fc.record({
  slotId: fc.uuid(),
  incarnation: fc.constantFrom('edge-1', 'edge-2'),
  channelId: fc.constantFrom('a', 'b', 'c', 'own'),
  isKept: fc.boolean(),
  priority: fc.integer({ min: 0, max: 3 }),
  viewers: fc.integer({ min: 0, max: 3 }),
  since: fc.integer({ min: 0, max: 3 }),
}) satisfies fc.Arbitrary<RankedSlot>

const account: fc.Arbitrary<RankedAccount> = fc.record({
  accountId: fc.uuid(),
  limit: fc.integer({ min: 1, max: 5 }),
  ahead: fc.integer({ min: 0, max: 2 }),
  slots: fc.array(slot, { maxLength: 5 }),
})

const kept = ({ slots }: RankedAccount) => slots.filter(({ isKept }) => isKept)

test('only a lower priority is taken over, the lowest of all accounts, and none while a slot is on its way', () => {
  fc.assert(
    fc.property(fc.array(account, { maxLength: 3 }), fc.integer({ min: 0, max: 3 }), (accounts, priority) => {
      const chosen = chooseOutranked({ channelId: 'own', priority }, accounts)
      const eligible = accounts.flatMap(kept).filter((one) => one.channelId !== 'own' && one.priority < priority)
      const isComing = accounts.some((one) => one.limit - kept(one).length > one.ahead)
      if (isComing || eligible.length === 0) return expect(chosen).toBeUndefined()
      expect(eligible.map(({ slotId }) => slotId)).toContain(chosen!.slotId)
      for (const other of eligible) expect(chosen!.priority).toBeLessThanOrEqual(other.priority)
      const equals = eligible.filter((other) => other.priority === chosen!.priority)
      for (const other of equals) expect(chosen!.viewers).toBeLessThanOrEqual(other.viewers)
    }),
    { numRuns: 2_000 },
  )
})

test('however many sessions wait, each outranked slot serves one of them', () => {
  const slots = [1, 2, 3].map((number) => ({
    slotId: `${number}`,
    incarnation: 'edge-1',
    channelId: `channel-${number}`,
    isKept: true,
    priority: 0,
    viewers: 1,
    since: number,
  }))
  const full = { accountId: 'a', limit: 3, slots }
  const waiter = { channelId: 'own', priority: 5 }
  expect(chooseOutranked(waiter, [{ ...full, ahead: 0 }])?.slotId).toBe('3')
  // The newest is ending already: it is for the first in the queue.
  const ending = slots.map((one) => ({ ...one, isKept: one.slotId !== '3' }))
  expect(chooseOutranked(waiter, [{ ...full, slots: ending, ahead: 0 }])).toBeUndefined()
  expect(chooseOutranked(waiter, [{ ...full, slots: ending, ahead: 1 }])?.slotId).toBe('2')
})
