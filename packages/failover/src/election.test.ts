import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  advance,
  asksOthers,
  type Election,
  type ElectionEvent,
  nextSuccessor,
  openElection,
  stand,
  unspent,
  YIELD_MS,
} from './election.ts'

const after = (...events: ElectionEvent[]): Election => events.reduce(advance, openElection())
const NOBODY = { watching: [], serving: [] }
const OTHER = { watching: ['other'], serving: ['other'] }

describe('a node stands for election', () => {
  test('at once, unless there is a reason to wait', () => {
    expect(stand(openElection(), 'self', OTHER, 0)).toBe('claim')
    expect(asksOthers(openElection(), 'self')).toBe(false)
  })

  test('after others once it has handed the channel over', () => {
    const handedOver = after({ type: 'elected', term: 1 }, { type: 'yielded' }, { type: 'stepped-down', atMs: 100 })
    expect(stand(handedOver, 'self', NOBODY, 100 + YIELD_MS - 1)).toBe('let-others')
    expect(stand(handedOver, 'self', NOBODY, 100 + YIELD_MS)).toBe('claim')
  })

  test('after the other serving nodes while it drains, and not after spent ones', () => {
    const draining = after({ type: 'draining' }, { type: 'vacant', atMs: 0 })
    expect(stand(draining, 'self', OTHER, 0)).toBe('let-others')
    expect(stand(draining, 'self', OTHER, YIELD_MS)).toBe('claim')
    expect(stand(draining, 'self', { watching: ['other'], serving: [] }, 0)).toBe('claim')
    expect(
      stand(advance(draining, { type: 'leader-ended', term: 7, spent: ['other'], self: 'self' }), 'self', OTHER, 0),
    ).toBe('claim')
  })

  test('not again once it is spent: it waits for the others, then says so', () => {
    const spent = after({ type: 'spent', self: 'self' }, { type: 'vacant', atMs: 0 })
    expect(stand(spent, 'self', OTHER, YIELD_MS - 1)).toBe('let-others')
    expect(stand(spent, 'self', OTHER, YIELD_MS)).toBe('spent')
    expect(stand(spent, 'self', NOBODY, 0)).toBe('spent')
  })

  test('again once viewers have had media, or every node has had a chance', () => {
    const spent = after({ type: 'spent', self: 'self' }, { type: 'vacant', atMs: 0 })
    expect(stand(advance(spent, { type: 'media' }), 'self', OTHER, 0)).toBe('claim')
    expect(stand(advance(spent, { type: 'chances-over' }), 'self', OTHER, 0)).toBe('claim')
  })
})

test('a late final message does not make this node spent in the next round of chances', () => {
  const next = after({ type: 'spent', self: 'self' }, { type: 'chances-over' })
  const heard = advance(next, { type: 'leader-ended', term: 7, spent: ['self', 'other'], self: 'self' })
  expect(unspent(heard, ['self', 'other'])).toEqual(['self'])
})

test('a final message names the nodes that have tried; the patience for the others starts over', () => {
  const spent = after(
    { type: 'spent', self: 'self' },
    { type: 'vacant', atMs: 0 },
    { type: 'leader-ended', term: 7, spent: ['other'], self: 'self' },
    { type: 'vacant', atMs: 10_000 },
  )
  expect(unspent(spent, ['other', 'third'])).toEqual(['third'])
  expect(stand(spent, 'self', { watching: ['third'], serving: [] }, 10_000)).toBe('let-others')
  expect(stand(spent, 'self', OTHER, 10_000)).toBe('spent')
})

test('requests each node once to take over', () => {
  const offering = after({ type: 'elected', term: 1 }, { type: 'offering', to: 'one', offer: 1 })
  expect(nextSuccessor(offering, ['one', 'two'])).toBe('two')
  expect(nextSuccessor(advance(offering, { type: 'offering', to: 'two', offer: 2 }), ['one', 'two'])).toBeUndefined()
})

test('other nodes have not had their chance while Redis was away', () => {
  const spent = after({ type: 'spent', self: 'self' }, { type: 'vacant', atMs: 0 }, { type: 'outage' })
  const later = advance(spent, { type: 'vacant', atMs: YIELD_MS })
  expect(stand(later, 'self', OTHER, YIELD_MS)).toBe('let-others')
  expect(stand(later, 'self', OTHER, 2 * YIELD_MS)).toBe('spent')
})

test('requests every node again when a person orders it', () => {
  const asked = after({ type: 'elected', term: 1 }, { type: 'offering', to: 'one', offer: 1 }, { type: 'offer-over' })
  expect(nextSuccessor(asked, ['one'])).toBeUndefined()
  expect(nextSuccessor(advance(asked, { type: 'move-ordered' }), ['one'])).toBe('one')
})

test('ignores its own final message from the relay', () => {
  const { place } = after({ type: 'elected', term: 5 }, { type: 'stepped-down', atMs: 0 })
  expect(place).toMatchObject({ at: 'aside', fromTerm: 6 })
})

const anyEvent: fc.Arbitrary<ElectionEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom('elected', 'led-by', 'met'), term: fc.integer({ min: 1, max: 9 }) }),
  fc.constantFrom<ElectionEvent>(
    { type: 'yielded' },
    { type: 'offer-over' },
    { type: 'replaced' },
    { type: 'media' },
    { type: 'chances-over' },
    { type: 'outage' },
    { type: 'draining' },
  ),
  fc.record({ type: fc.constant('offering' as const), to: fc.constantFrom('a', 'b'), offer: fc.nat(9) }),
  fc.record({ type: fc.constantFrom('stepped-down', 'vacant'), atMs: fc.nat(10_000) }),
  fc.constant({ type: 'spent' as const, self: 'self' }),
  fc.record({
    type: fc.constant('leader-ended' as const),
    term: fc.integer({ min: 1, max: 9 }),
    spent: fc.array(fc.constantFrom('self', 'a', 'b')),
    self: fc.constant('self'),
  }),
)

test('in every history it leads only after it was elected, and never waits longer than its patience', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), fc.subarray(['a', 'b']), (events, watching) => {
      let election = openElection()
      let leads = false
      for (const event of events) {
        const wasLeading = election.place.at === 'leading' || election.place.at === 'offering'
        election = advance(election, event)
        leads = election.place.at === 'leading' || election.place.at === 'offering'
        if (leads && !wasLeading) expect(event.type).toBe('elected')
      }
      const others = { watching, serving: watching }
      const nowMs = 20_000
      const vacant = advance(election, { type: 'vacant', atMs: nowMs })
      expect(stand(vacant, 'self', others, nowMs + 2 * YIELD_MS)).not.toBe('let-others')
      if (leads) expect(stand(election, 'self', others, nowMs)).toBe('claim')
    }),
    { numRuns: 1_000 },
  )
})
