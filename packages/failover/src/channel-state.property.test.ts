import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ChannelAction, ChannelEvent, ChannelState } from './channel-model.ts'
import { begin, next } from './channel-state.ts'

const limits = { maxRetries: 3, stableMs: 10_000 }
const kinds = ['passing', 'ended', 'busy', 'denied', 'gone', 'unplayable', 'withdrawn'] as const

const anyEvent: fc.Arbitrary<(attempt: number) => ChannelEvent> = fc.oneof(
  fc.constant((attempt: number): ChannelEvent => ({ type: 'slot-granted', attempt })),
  fc.constantFrom('full', 'resting', 'blocked', 'unavailable').map(
    (because) =>
      (attempt: number): ChannelEvent => ({ type: 'slot-refused', attempt, because }),
  ),
  fc.constant((attempt: number): ChannelEvent => ({ type: 'media-healthy', attempt })),
  fc.record({ kind: fc.constantFrom(...kinds), playedMs: fc.constantFrom(0, 5_000, 60_000) }).map(
    ({ kind, playedMs }) =>
      (attempt: number): ChannelEvent => ({ type: 'failed', attempt, failure: { kind, code: kind }, playedMs }),
  ),
  fc.constant((attempt: number): ChannelEvent => ({ type: 'closed', attempt })),
  fc.constant((attempt: number): ChannelEvent => ({ type: 'outranked', attempt })),
  fc
    .constantFrom('rested', 'slot-free', 'waited-enough', 'stream-unwanted')
    .map((type) => (): ChannelEvent => ({ type })),
)

const candidates = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ streamId: `stream-${index}`, accountId: `account-${index % 2}` }))

test('in every history at most one connection is open, and none is opened before the previous one is closed', () => {
  fc.assert(
    fc.property(fc.nat(4), fc.array(fc.tuple(anyEvent, fc.nat(2)), { maxLength: 200 }), (count, history) => {
      const first = begin(candidates(count), limits)
      let state: ChannelState = first.state
      let open: number | undefined
      const carryOut = (actions: readonly ChannelAction[]): void => {
        for (const action of actions) {
          if (action.do !== 'open') continue
          expect(open).toBeUndefined()
          open = action.attempt.number
        }
      }
      carryOut(first.actions)
      for (const [make, age] of history) {
        const attempt = ('attempt' in state ? state.attempt.number : 0) - age
        const event = make(attempt)
        if (event.type === 'closed' && event.attempt === open) open = undefined
        const step = next(state, event)
        state = step.state
        carryOut(step.actions)
      }
    }),
    { numRuns: 500 },
  )
})

const sharedEvent: fc.Arbitrary<(attempt: number) => ChannelEvent> = fc.oneof(
  anyEvent,
  fc
    .constantFrom<ChannelEvent>(
      { type: 'elected' },
      { type: 'led-by-another' },
      { type: 'not-elected', because: 'cold' },
      { type: 'leader-silent' },
      { type: 'leader-ended', end: 'stopped' },
      { type: 'leader-ended', end: 'outranked' },
      { type: 'leadership-lost' },
      { type: 'hand-over' },
      { type: 'offer-failed' },
      { type: 'offer-declined' },
      { type: 'no-successor' },
      { type: 'invited', streamId: 'stream-1' },
      { type: 'invitation-over' },
    )
    .map((event) => () => event),
  fc.constant((attempt: number): ChannelEvent => ({ type: 'ready', attempt })),
)

test('with elections and hand-overs too: at most one connection, taken over only when it is open, closed before another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(sharedEvent, { maxLength: 300 }), (count, history) => {
      const first = begin(candidates(count), limits, true)
      let state: ChannelState = first.state
      let open: number | undefined
      let follows = false
      const carryOut = (actions: readonly ChannelAction[]): void => {
        for (const action of actions) {
          if (action.do === 'follow') follows = true
          if (action.do === 'unfollow') follows = false
          if (action.do === 'take-over') expect([open, follows]).toEqual([action.attempt.number, false])
          if (action.do !== 'open' && action.do !== 'prepare') continue
          expect(open).toBeUndefined()
          expect(follows).toBe(action.do === 'prepare')
          open = action.attempt.number
        }
      }
      carryOut(first.actions)
      for (const make of history) {
        const event = make('attempt' in state ? state.attempt.number : 0)
        // Nothing is closed without an order.
        if (event.type === 'closed' && state.phase !== 'closing' && state.phase !== 'withdrawing') continue
        if (event.type === 'closed') open = undefined
        const step = next(state, event)
        state = step.state
        carryOut(step.actions)
      }
    }),
    { numRuns: 1000 },
  )
})

test('when every attempt fails early, each stream is tried at most three times and the session ends', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom('passing', 'ended', 'busy', 'denied', 'gone', 'unplayable'), {
        minLength: 15,
        maxLength: 15,
      }),
      (count, outcomes) => {
        let { state } = begin(candidates(count), limits)
        const asked = new Map<number, number>()
        for (let step = 0; state.phase !== 'ended'; step += 1) {
          expect(step).toBeLessThan(200)
          if (state.phase === 'resting') {
            state = next(state, { type: 'rested' }).state
            continue
          }
          if (state.phase === 'waiting') {
            state = next(state, { type: 'waited-enough' }).state
            continue
          }
          if (!('attempt' in state)) throw new Error(`no attempt while ${state.phase}`)
          const { number: attempt, stream } = state.attempt
          const kind = outcomes[attempt % outcomes.length]!
          // A session whose slot request is refused as full waits for a slot; that is not a try of
          // the stream.
          if (kind !== 'busy') asked.set(stream, (asked.get(stream) ?? 0) + 1)
          for (const event of [
            { type: 'slot-granted', attempt },
            { type: 'failed', attempt, failure: { kind, code: kind }, playedMs: 100 },
            { type: 'closed', attempt },
          ] as const) {
            state = next(state, event).state
          }
        }
        for (const times of asked.values()) expect(times).toBeLessThanOrEqual(limits.maxRetries)
      },
    ),
  )
})
