import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ChannelAction, ChannelEvent, ChannelState } from './channel-model.ts'
import { begin, next } from './channel-state.ts'
import { advance, asksOthers, openElection, stand, unspent, YIELD_MS } from './election.ts'
import type { EndReason, FailureKind, Skip } from './model.ts'

/**
 * Several nodes that watch one channel, each with the real machines of a session and of an
 * election, and minimal stand-ins for Redis and the relay. On each node each stream either plays or
 * fails for good, in its own way.
 */
class Nodes {
  readonly nodes: Node[]
  leader: Node | undefined
  term = 0
  nowMs = 0

  readonly #outages: readonly Outage[]
  #steps = 0
  #awayUntilMs = 0

  /** @param newcomers the last nodes, whose viewers have had no media yet */
  constructor(outcomes: readonly (readonly Outcome[])[], newcomers = 0, outages: readonly Outage[] = []) {
    this.#outages = outages
    this.nodes = outcomes.map((one, index) => new Node(this, `node-${index}`, one))
    // All others followed a leader that has just died.
    const begun = this.nodes.slice(0, outcomes.length - newcomers)
    for (const node of begun) node.send({ type: 'led-by-another' })
    for (const node of begun) node.send({ type: 'leader-silent' })
    for (const node of this.nodes.slice(begun.length)) node.stand()
  }

  /** Carries out one due event; `pick` in [0, 1) chooses which. If none is due, time passes. */
  step(pick: number): void {
    this.#steps += 1
    for (const { fromStep, forMs } of this.#outages)
      if (fromStep === this.#steps) this.#awayUntilMs = this.nowMs + forMs
    const due = this.nodes.filter((node) => node.due.length > 0)
    if (due.length > 0) return due[Math.floor(pick * due.length)]!.due.shift()!()
    this.nowMs += 250
    for (const node of this.nodes) node.tick()
  }

  /** Redis, and with it every relay. */
  get isAway(): boolean {
    return this.nowMs < this.#awayUntilMs
  }

  get playing(): Node | undefined {
    return this.nodes.find(({ state }) => state.phase === 'playing')
  }

  get isOver(): boolean {
    return this.nodes.every(({ state }) => state.phase === 'ended')
  }
}

type Outage = { readonly fromStep: number; readonly forMs: number }
type Outcome = FailureKind | Skip | 'plays'

/** How long a leader goes on while Redis is away. */
const LEASE_MS = 1_000
const SKIPS: ReadonlySet<Outcome> = new Set(['full', 'resting', 'blocked'])

class Node {
  readonly due: (() => void)[] = []
  readonly tried = new Set<number>()
  state: ChannelState
  election = openElection()
  readonly #all: Nodes
  readonly name: string
  readonly #outcomes: readonly Outcome[]
  #pollsAgain = false
  #rests = false
  #waits = false
  #leadsWithoutRedisMs = 0

  constructor(all: Nodes, name: string, outcomes: readonly Outcome[]) {
    this.#all = all
    this.name = name
    this.#outcomes = outcomes
    const candidates = outcomes.map((_, index) => ({ streamId: `stream-${index}`, accountId: 'account' }))
    const first = begin(candidates, { maxRetries: 3, stableMs: 10_000 }, true)
    this.state = first.state
  }

  /** As a session does at once. */
  stand(): void {
    this.due.push(() => this.#elect())
  }

  send(event: ChannelEvent): void {
    const step = next(this.state, event)
    this.state = step.state
    for (const action of step.actions) this.#carryOut(action)
  }

  /** A quarter of a second has passed. */
  tick(): void {
    if (this.#pollsAgain) this.due.push(() => this.#elect())
    if (this.#rests) this.due.push(() => this.send({ type: 'rested' }))
    if (this.#waits) this.due.push(() => this.send({ type: 'waited-enough' }))
    this.#pollsAgain = false
    this.#rests = false
    this.#waits = false
    const all = this.#all
    if (this.state.phase === 'following' && (all.leader === undefined || all.isAway))
      this.due.push(() => this.send({ type: 'leader-silent' }))
    this.#leadsWithoutRedisMs = all.isAway && all.leader === this ? this.#leadsWithoutRedisMs + 250 : 0
    if (this.#leadsWithoutRedisMs > LEASE_MS) this.due.push(() => this.send({ type: 'leadership-lost' }))
  }

  hear(term: number, end: EndReason, spent: readonly string[]): void {
    if (this.election.place.at !== 'aside' || this.election.place.fromTerm > term || this.state.phase === 'ended')
      return
    this.election = advance(this.election, { type: 'leader-ended', term, spent, self: this.name })
    this.send({ type: 'leader-ended', end })
  }

  #others(): string[] {
    return this.#all.nodes.filter((one) => one !== this && one.state.phase !== 'ended').map(({ name }) => name)
  }

  #elect(): void {
    if (this.state.phase === 'ended') return
    const all = this.#all
    if (all.isAway) {
      this.election = advance(this.election, { type: 'outage' })
      return this.send({ type: 'not-elected', because: 'unavailable' })
    }
    if (asksOthers(this.election, this.name))
      this.election = advance(this.election, { type: 'vacant', atMs: all.nowMs })
    const watching = this.#others()
    const standing = stand(this.election, this.name, { watching, serving: watching }, all.nowMs)
    if (all.leader !== undefined) {
      this.election = advance(this.election, { type: 'met', term: all.term })
      return this.send({ type: 'led-by-another' })
    }
    if (standing === 'let-others') return this.send({ type: 'not-elected', because: 'cold' })
    if (standing === 'spent') {
      this.election = advance(this.election, { type: 'chances-over' })
      return this.send({ type: 'not-elected', because: 'spent' })
    }
    all.leader = this
    all.term += 1
    this.election = advance(this.election, { type: 'elected', term: all.term })
    this.send({ type: 'elected' })
  }

  #carryOut(action: ChannelAction): void {
    const all = this.#all
    switch (action.do) {
      case 'elect':
        if (action.again) this.#pollsAgain = true
        else this.due.push(() => this.#elect())
        return
      case 'consult':
        this.due.push(() => {
          if (all.isAway) return this.send({ type: 'others-unknown' })
          this.election = advance(this.election, { type: 'spent', self: this.name })
          const isAnybody = unspent(this.election, this.#others()).length > 0
          this.send({ type: isAnybody ? 'others-may-try' : 'nobody-else' })
        })
        return
      case 'step-down': {
        const { term } = all
        this.election = advance(this.election, { type: 'stepped-down', atMs: all.nowMs })
        if (all.leader === this) all.leader = undefined
        const spent = [...this.election.spent]
        const others = all.nodes.filter((one) => one !== this)
        const { end } = action
        if (end === undefined || all.isAway) return
        for (const other of others) other.due.push(() => other.hear(term, end, spent))
        return
      }
      case 'reserve':
        this.due.push(() => {
          const { stream, number: attempt } = action.attempt
          const outcome = this.#outcomes[stream]!
          if (all.isAway) this.send({ type: 'slot-refused', attempt, because: 'unavailable' })
          else if (SKIPS.has(outcome)) this.send({ type: 'slot-refused', attempt, because: outcome as Skip })
          else this.send({ type: 'slot-granted', attempt })
        })
        return
      case 'open': {
        const { number: attempt, stream } = action.attempt
        this.tried.add(stream)
        this.due.push(() => this.#answer(attempt, this.#outcomes[stream]!))
        return
      }
      case 'close':
        this.due.push(() => this.send({ type: 'closed', attempt: action.attempt.number }))
        return
      case 'rest':
        this.#rests = true
        return
      case 'await-slot':
        this.#waits = !action.patient
    }
  }

  #answer(attempt: number, outcome: Outcome): void {
    if (outcome !== 'plays') {
      const kind = outcome as FailureKind
      return this.send({ type: 'failed', attempt, failure: { kind, code: kind }, playedMs: 0 })
    }
    this.send({ type: 'media-healthy', attempt })
    for (const node of this.#all.nodes) node.election = advance(node.election, { type: 'media' })
  }
}

const failing = fc.constantFrom<Outcome>('passing', 'unreached', 'denied', 'gone', 'unplayable')
const passedOver = fc.constantFrom<Outcome>('full', 'resting', 'blocked')
const failingNode = fc.array(fc.oneof(failing, passedOver), { minLength: 1, maxLength: 3 })
/** Sessions wait, however long, for streams that were passed over, and so keep their viewers. */
const hopelessNode = fc.array(failing, { minLength: 1, maxLength: 3 })
const seeds = fc.nat(2 ** 31)
const MAX_STEPS = 5_000

function run(outcomes: readonly (readonly Outcome[])[], seed: number, outages: readonly Outage[] = []): Nodes {
  let random = seed
  const nodes = new Nodes(outcomes, 0, outages)
  for (let step = 0; nodes.playing === undefined && !nodes.isOver; step += 1) {
    expect(step).toBeLessThan(MAX_STEPS)
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
    nodes.step(random / 2 ** 32)
  }
  return nodes
}

test('no response ends while one node can play the channel, whichever leads first and however the others fail', () => {
  fc.assert(
    fc.property(fc.array(failingNode, { maxLength: 4 }), failingNode, fc.nat(4), seeds, (others, able, place, seed) => {
      const outcomes: (readonly Outcome[])[] = [...others]
      outcomes.splice(place, 0, [...able, 'plays'])
      const nodes = run(outcomes, seed)
      expect(nodes.playing).toBeDefined()
      expect(nodes.nodes.filter(({ state }) => state.phase === 'ended')).toEqual([])
    }),
    { numRuns: 500 },
  )
})

const outage = fc.record({ fromStep: fc.nat(60), forMs: fc.integer({ min: 250, max: 8_000 }) })

test('nor during occasional outages of Redis', () => {
  const outages = fc.array(outage, { maxLength: 3 })
  fc.assert(
    fc.property(fc.array(failingNode, { maxLength: 4 }), failingNode, outages, seeds, (others, able, away, seed) => {
      const nodes = run([...others, [...able, 'plays']], seed, away)
      expect(nodes.playing).toBeDefined()
      expect(nodes.nodes.filter(({ state }) => state.phase === 'ended')).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('if no node can play, each tries every stream, and then all responses end', () => {
  fc.assert(
    fc.property(fc.array(hopelessNode, { minLength: 1, maxLength: 4 }), seeds, (outcomes, seed) => {
      const nodes = run(outcomes, seed)
      expect(nodes.isOver).toBe(true)
      expect(nodes.nodes.map(({ tried }) => tried.size)).toEqual(outcomes.map(({ length }) => length))
      expect(nodes.nowMs).toBeLessThan(outcomes.length * 4 * YIELD_MS)
    }),
    { numRuns: 500 },
  )
})

/** Long enough for every node to try and to give up many times. */
const LONG_STEPS = 600

test('a response that has had media waits for a slot while other nodes join, try and give up', () => {
  const waiting = fc.tuple(passedOver, fc.array(fc.oneof(failing, passedOver), { maxLength: 2 }))
  const newcomers = fc.array(failingNode, { maxLength: 3 })
  fc.assert(
    fc.property(fc.array(waiting, { minLength: 1, maxLength: 3 }), newcomers, seeds, (begun, others, seed) => {
      const outcomes = [...begun.map(([first, more]): readonly Outcome[] => [first, ...more]), ...others]
      const nodes = new Nodes(outcomes, others.length)
      let random = seed
      for (let step = 0; step < LONG_STEPS; step += 1) {
        random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
        nodes.step(random / 2 ** 32)
      }
      const ended = nodes.nodes.slice(0, begun.length).filter(({ state }) => state.phase === 'ended')
      expect(ended.map(({ name }) => name)).toEqual([])
    }),
    { numRuns: 500 },
  )
})
