/**
 * One node's part in electing the leader of a shared channel. Exactly one place at a time; only the
 * functions here change it. The shell (`apps/api/src/cluster/channel-election.ts`) talks to Redis
 * and the relay, and feeds in their answers.
 *
 * | Place      | Event                    | Next place
 * |
 * | ---------- | ------------------------ | -------------------------------------------------------
 * |
 * | `aside`    | `elected`                | `leading`
 * |
 * | `aside`    | `led-by`, `met`          | `aside`, following that leader
 * |
 * | `leading`  | `offering`               | `offering`
 * |
 * | `offering` | `offering`               | `offering` to the next one
 * |
 * | `offering` | `offer-over`             | `leading`
 * |
 * | `leading`, `offering` | `replaced`    | `replaced`: another leader's media has come
 * |
 * | any but `aside` | `stepped-down`      | `aside`; after `yielded`, others go first for a while
 * |
 * | any        | `media`                  | unchanged; no node is spent any more
 * |
 * | `aside`    | `vacant`, `outage`       | `aside`; the patience for the others (re)starts    |
 * | any        | `spent`                  | unchanged; this node is spent
 * |
 * | any        | `leader-ended`           | unchanged; the named nodes are spent, except this one
 * |
 * | any        | `move-ordered`           | unchanged; every node may be requested again
 * |
 *
 * A node is *spent* when it has tried every stream it can reach since viewers last had media. A
 * spent node gives every other node with viewers a chance before it ends its viewers' responses. A
 * node knows best whether it is spent itself: a leader's final message may be late, and speak of a
 * round of chances that is over for this node.
 */
export type Election = {
  readonly place: ElectionPlace
  /** This node drains: it leads only where no other node can. */
  readonly isDraining: boolean
  readonly spent: ReadonlySet<string>
  /** Nodes that were requested to take over, each once. */
  readonly asked: ReadonlySet<string>
}

type ElectionPlace =
  | {
      readonly at: 'aside'
      /** The oldest term that is still accepted from the relay. */
      readonly fromTerm: number
      /** Of the last leader whose end was heard. */
      readonly endedTerm: number
      /** This node has handed the channel over: others go first until then. */
      readonly yieldsUntilMs: number
      /**
       * Since when others could have been elected before this node; `undefined` while there is a
       * leader.
       */
      readonly vacantSinceMs: number | undefined
    }
  | { readonly at: 'leading'; readonly term: number; readonly yields: boolean }
  | { readonly at: 'offering'; readonly term: number; readonly yields: boolean; readonly offer: number }
  | { readonly at: 'replaced'; readonly term: number; readonly yields: boolean }

/** Times are monotonic milliseconds. */
export type ElectionEvent =
  | { readonly type: 'elected'; readonly term: number }
  /** This node claimed the leadership, but the leader of this term is alive. */
  | { readonly type: 'led-by'; readonly term: number }
  /** The leader of this term is on record, dead or alive. */
  | { readonly type: 'met'; readonly term: number }
  /** The next step down is a hand-over: others go first. */
  | { readonly type: 'yielded' }
  /** `offer` is a number that no former offer had: an answer to another offer is late. */
  | { readonly type: 'offering'; readonly to: string; readonly offer: number }
  | { readonly type: 'offer-over' }
  | { readonly type: 'replaced' }
  | { readonly type: 'stepped-down'; readonly atMs: number }
  | { readonly type: 'media' }
  | { readonly type: 'leader-ended'; readonly term: number; readonly spent: readonly string[]; readonly self: string }
  | { readonly type: 'spent'; readonly self: string }
  | { readonly type: 'vacant'; readonly atMs: number }
  /** Redis is away: the others could not be elected. */
  | { readonly type: 'outage' }
  /** Every node that could has had its chance; the next round of chances begins. */
  | { readonly type: 'chances-over' }
  | { readonly type: 'draining' }
  /** A person orders a hand-over: nodes that were requested before are requested again. */
  | { readonly type: 'move-ordered' }

/** How long others may take to be elected before this node stands for election. */
export const YIELD_MS = 3_000

const ASIDE = { at: 'aside', fromTerm: 0, endedTerm: 0, yieldsUntilMs: 0, vacantSinceMs: undefined } as const

export function openElection(): Election {
  return { place: ASIDE, isDraining: false, spent: new Set(), asked: new Set() }
}

export function advance(election: Election, event: ElectionEvent): Election {
  const { place, spent, asked } = election
  switch (event.type) {
    case 'elected':
      return { ...election, place: { at: 'leading', term: event.term, yields: false } }
    case 'led-by':
      return { ...election, place: { ...asideOf(place), fromTerm: event.term, vacantSinceMs: undefined } }
    case 'met':
      return { ...election, place: { ...asideOf(place), fromTerm: event.term } }
    case 'yielded':
      return place.at === 'aside' ? election : { ...election, place: { ...place, yields: true } }
    case 'offering': {
      if (place.at !== 'leading' && place.at !== 'offering') return election
      const { term, yields } = place
      const offering = { at: 'offering', term, yields, offer: event.offer } as const
      return { ...election, place: offering, asked: new Set([...asked, event.to]) }
    }
    case 'offer-over': {
      if (place.at !== 'offering') return election
      const { term, yields } = place
      return { ...election, place: { at: 'leading', term, yields } }
    }
    case 'replaced': {
      if (place.at === 'aside') return election
      const { term, yields } = place
      return { ...election, place: { at: 'replaced', term, yields } }
    }
    case 'stepped-down': {
      if (place.at === 'aside') return election
      const yieldsUntilMs = place.yields ? event.atMs + YIELD_MS : 0
      return { ...election, place: { ...ASIDE, fromTerm: place.term + 1, yieldsUntilMs } }
    }
    case 'media': {
      const resumed = spent.size === 0 ? election : { ...election, spent: new Set<string>() }
      return place.at === 'aside' ? { ...resumed, place: { ...place, vacantSinceMs: undefined } } : resumed
    }
    case 'leader-ended': {
      const { term: endedTerm, self } = event
      const others = event.spent.filter((node) => node !== self)
      const heard = { ...election, spent: new Set([...spent, ...others]) }
      return place.at === 'aside' ? { ...heard, place: { ...place, endedTerm, vacantSinceMs: undefined } } : heard
    }
    case 'spent':
      return { ...election, spent: new Set([...spent, event.self]) }
    case 'vacant':
      if (place.at !== 'aside' || place.vacantSinceMs !== undefined) return election
      return { ...election, place: { ...place, vacantSinceMs: event.atMs } }
    case 'outage':
      return place.at === 'aside' ? { ...election, place: { ...place, vacantSinceMs: undefined } } : election
    case 'chances-over':
      return { ...election, spent: new Set(), place: { ...asideOf(place), vacantSinceMs: undefined } }
    case 'draining':
      return { ...election, isDraining: true }
    case 'move-ordered':
      return { ...election, asked: new Set() }
  }
}

function asideOf(place: ElectionPlace): Extract<ElectionPlace, { readonly at: 'aside' }> {
  return place.at === 'aside' ? place : { ...ASIDE, fromTerm: place.term + 1 }
}

/**
 * What a node must know before it stands for election: other nodes with viewers, and those of them
 * that may lead as usual.
 */
export type Others = { readonly watching: readonly string[]; readonly serving: readonly string[] }

/**
 * - `claim`: this node claims the leadership.
 * - `let-others`: it waits for another node to be elected.
 * - `spent`: it has tried everything it can, and so have all other nodes.
 */
type Standing = 'claim' | 'let-others' | 'spent'

/** Whether this node's decision depends on anything but its own state. */
export function asksOthers({ isDraining, spent }: Election, self: string): boolean {
  return isDraining || spent.has(self)
}

export function stand(election: Election, self: string, others: Others, nowMs: number): Standing {
  const { place, isDraining, spent } = election
  if (place.at !== 'aside') return 'claim'
  if (nowMs < place.yieldsUntilMs) return 'let-others'
  const isPatient = nowMs < (place.vacantSinceMs ?? nowMs) + YIELD_MS
  if (spent.has(self)) return isPatient && unspent(election, others.watching).length > 0 ? 'let-others' : 'spent'
  return isDraining && isPatient && unspent(election, others.serving).length > 0 ? 'let-others' : 'claim'
}

/** Nodes that may still find a stream. */
export function unspent({ spent }: Election, nodes: readonly string[]): readonly string[] {
  return nodes.filter((node) => !spent.has(node))
}

/** The next node to request to take over. */
export function nextSuccessor({ asked }: Election, serving: readonly string[]): string | undefined {
  return serving.find((node) => !asked.has(node))
}
