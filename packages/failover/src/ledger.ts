import { CONSEQUENCES, mayBeThisNode } from './consequences.ts'
import {
  type Attempt,
  type Candidate,
  type DeadEnd,
  type FailoverLimits,
  type Failure,
  SKIP_ENDS,
  type Skip,
  SLOT_WAIT_MS,
} from './model.ts'

/** The record of one candidate in the present bout of failures. */
type StreamRecord = {
  /** Attempts that contacted the provider. */
  readonly tries: number
  /** Trying again is useless (gone, or nothing we can play). */
  readonly dead: boolean
  readonly skipped?: Skip
  /** Its provider refused us: the login may be the reason. */
  readonly denied?: boolean
  /** Its last failure may be this node's own problem: another node might reach it. */
  readonly isDoubtful?: boolean
}

/** The memory of a session: which streams it tried, in which round. Immutable. */
export type Ledger = {
  readonly candidates: readonly Candidate[]
  readonly records: readonly StreamRecord[]
  readonly limits: FailoverLimits
  /** 1, 2, …: in a round every stream is tried once. */
  readonly round: number
  /** Number of the last attempt. */
  readonly attempts: number
  /**
   * Tries out of order in this bout: `first` for a stream that ended after playing well, `last` for
   * one that stalled.
   */
  readonly turn?: { readonly stream: number; readonly comes: 'first' | 'last' }
  /** Viewers have had media from this session. */
  readonly begun: boolean
  /** All streams have failed since the last media. */
  readonly failing?: boolean
  /**
   * Another node gave up before, so this node tries each stream once, and then lets the next node
   * try.
   */
  readonly relieves?: boolean
  /** A session of higher priority took the slot, and no other stream has played since. */
  readonly outranked?: boolean
  /** One of the sessions that share the channel over all nodes. */
  readonly shared: boolean
}

const FRESH: StreamRecord = { tries: 0, dead: false }

export function openLedger(candidates: readonly Candidate[], limits: FailoverLimits, shared: boolean): Ledger {
  return { candidates, records: candidates.map(() => FRESH), limits, round: 1, attempts: 0, begun: false, shared }
}

/**
 * The catalogue has changed: streams that stay keep their record, new ones start with an empty one.
 * The stream being tried or played stays too, in last place, even if it has left the catalogue.
 *
 * @returns the ledger, and the place of the present stream in it
 */
export function replaceCandidates(
  ledger: Ledger,
  candidates: readonly Candidate[],
  present: number | undefined,
): { readonly ledger: Ledger; readonly present: number | undefined } {
  const current = present === undefined ? undefined : ledger.candidates[present]
  const isKept = current === undefined || candidates.some(({ streamId }) => streamId === current.streamId)
  const all = isKept ? candidates : [...candidates, current]
  const known = new Map(ledger.candidates.map(({ streamId }, index) => [streamId, ledger.records[index] ?? FRESH]))
  const records = all.map(({ streamId }) => known.get(streamId) ?? FRESH)
  const { turn: _, ...rest } = ledger
  const place = all.findIndex(({ streamId }) => streamId === current?.streamId)
  return { ledger: { ...rest, candidates: all, records }, present: place === -1 ? undefined : place }
}

/** The best stream not yet tried in this round, if there is one. */
export function chooseStream(ledger: Ledger): number | undefined {
  const open = deniedLast(
    ledger,
    [...ledger.records.keys()].filter((stream) => isOpen(ledger, stream)),
  )
  const { turn } = ledger
  if (turn === undefined || !open.includes(turn.stream)) return open[0]
  return turn.comes === 'first' ? turn.stream : (open.find((stream) => stream !== turn.stream) ?? turn.stream)
}

/** Streams of a refused login come after the others; otherwise the order is kept. */
function deniedLast({ candidates, records }: Ledger, streams: readonly number[]): number[] {
  const denied = new Set(candidates.filter((_, stream) => records[stream]?.denied).map(({ accountId }) => accountId))
  const isDenied = (stream: number): boolean => denied.has(candidates[stream]?.accountId ?? '')
  return [...streams.filter((stream) => !isDenied(stream)), ...streams.filter(isDenied)]
}

function isOpen({ records, round, limits }: Ledger, stream: number): boolean {
  const record = records[stream]
  if (record === undefined || record.dead || record.skipped !== undefined) return false
  return record.tries < Math.min(round, limits.maxRetries)
}

/** Another round can help: some stream is neither dead nor tried to its limit. */
export function roundsRemain({ records, round, limits }: Ledger): boolean {
  return round < limits.maxRetries && records.some((record) => !record.dead && record.tries < limits.maxRetries)
}

/**
 * A running session waits, however long, for a stream that was only passed over: a slot may become
 * free, Redis may return.
 */
export function awaitsSkipped({ records, limits, begun }: Ledger): boolean {
  return (
    begun && records.some(({ dead, skipped, tries }) => !dead && skipped !== undefined && tries < limits.maxRetries)
  )
}

/** A slot that becomes free would help. */
export function awaitsSlot(ledger: Ledger): boolean {
  return streamsWithoutSlot(ledger).length > 0
}

/**
 * The streams that were passed over in this round for lack of a slot, and that are still worth an
 * attempt.
 */
export function streamsWithoutSlot({ records, limits }: Ledger): number[] {
  return [...records.entries()].flatMap(([stream, { dead, skipped, tries }]) =>
    !dead && skipped === 'full' && tries < limits.maxRetries ? [stream] : [],
  )
}

/**
 * A slot may be free: streams passed over for lack of one may be tried again, in the same round.
 */
export function forgetFull(ledger: Ledger): Ledger {
  const records = ledger.records.map(({ skipped, ...record }) =>
    skipped === undefined || skipped === 'full' ? record : { ...record, skipped },
  )
  return { ...ledger, records }
}

/** A viewer that has had media is never sent away. */
export function keepsViewers({ begun, limits, candidates }: Ledger): boolean {
  return begun && limits.slate === true && candidates.length > 0
}

/**
 * Every stream that this node could still try failed, or was passed over, in a way that says little
 * about other nodes; so another node serves viewers better than another round here.
 */
export function mayBeOwnTrouble({ records, limits, begun, shared, relieves }: Ledger): boolean {
  if (!shared || !begun) return false
  const open = records.filter(({ dead, tries }) => !dead && tries < limits.maxRetries)
  return relieves === true || (open.length > 0 && open.every(isDoubted))
}

/**
 * A stream is blocked, and an account rests, for one node alone until a second node has met the
 * same; and another node may have sources that this one lacks, if an account is full. Without Redis
 * no node can do more than this one.
 */
function isDoubted({ isDoubtful, skipped }: StreamRecord): boolean {
  return isDoubtful === true || (skipped !== undefined && skipped !== 'unavailable')
}

/**
 * Streams that were passed over may be tried again. A round without any attempt does not count. A
 * session that keeps its viewers starts with all tries forgiven once they are used up.
 */
export function nextRound(ledger: Ledger): Ledger {
  const { round } = ledger
  if (keepsViewers(ledger) && !roundsRemain(ledger) && !awaitsSkipped(ledger)) {
    return { ...ledger, records: ledger.candidates.map(() => FRESH), round: 1 }
  }
  const asked = ledger.records.some(({ tries }) => tries >= round)
  const records = ledger.records.map((record) => (record.dead ? record : withoutSkip(record)))
  return { ...ledger, round: asked && roundsRemain(ledger) ? round + 1 : round, records }
}

function withoutSkip({ skipped: _, ...record }: StreamRecord): StreamRecord {
  return record
}

export function countTry(ledger: Ledger, { stream }: Attempt): Ledger {
  return change(ledger, stream, (record) => ({ ...record, tries: record.tries + 1 }))
}

export function skip(ledger: Ledger, { stream }: Attempt, reason: Skip): Ledger {
  return change(ledger, stream, (record) => ({
    ...record,
    skipped: reason,
    dead: record.dead || reason === 'quarantined',
  }))
}

/**
 * Records a failure. Only stable playing forgives all tries: a stream that plays for five seconds
 * and fails again must not be tried for ever.
 */
export function countFailure(before: Ledger, { stream }: Attempt, failure: Failure, playedMs: number): Ledger {
  const { again, account } = CONSEQUENCES[failure.kind]
  const isDoubtful = mayBeThisNode(failure)
  const ledger = change(before, stream, (record) => ({ ...record, isDoubtful }))
  switch (again) {
    case 'at-once':
      return change(ledger, stream, giveTryBack)
    case 'with-a-slot':
      return change(ledger, stream, (record) => ({ ...giveTryBack(record), skipped: waitFor(failure) }))
    case 'never':
      return change(ledger, stream, (record) => ({ ...record, dead: true }))
  }
  if (account === 'last') return change(ledger, stream, (record) => ({ ...record, denied: true }))
  if (playedMs < ledger.limits.stableMs) return ledger
  return { ...newBout(ledger), turn: { stream, comes: failure.kind === 'ended' ? 'first' : 'last' } }
}

/**
 * The stream after this one comes first, passing over those that are useless; if it cannot be
 * played, the usual order applies, with this stream in it.
 */
export function turnToNext(ledger: Ledger, { stream }: Attempt): Ledger {
  const { length } = ledger.candidates
  const following = Array.from({ length }, (_, index) => (stream + 1 + index) % length)
  const turn = following.find((other) => ledger.records[other]?.dead === false) ?? stream
  const records = ledger.records.map((record) => (record.dead ? record : FRESH))
  return { ...newBout(ledger), records, turn: { stream: turn, comes: 'first' } }
}

/** All tries are forgiven. */
export function newBout({ candidates, limits, attempts, begun, shared }: Ledger): Ledger {
  return { ...openLedger(candidates, limits, shared), attempts, begun }
}

function waitFor({ retryAfterMs = 0 }: Failure): Skip {
  return retryAfterMs > SLOT_WAIT_MS ? 'resting' : 'full'
}

function giveTryBack(record: StreamRecord): StreamRecord {
  return { ...record, tries: Math.max(0, record.tries - 1) }
}

/** The answer to viewers when nothing is left to try: the reason that is likely to pass first. */
export function whyExhausted({ records }: Ledger): DeadEnd {
  const skips = new Set(records.map(({ skipped }) => skipped))
  const isFailing = records.some(({ dead, tries }) => !dead && tries > 0)
  const short = PASSING_SKIPS.find((skip) => skips.has(skip))
  if (short !== undefined) return SKIP_ENDS[short]
  if (isFailing) return 'streams-failing'
  const long = LASTING_SKIPS.find((skip) => skips.has(skip))
  return long === undefined ? 'no-playable-stream' : SKIP_ENDS[long]
}

const PASSING_SKIPS = ['unavailable', 'full', 'resting'] as const
const LASTING_SKIPS = ['blocked', 'quarantined'] as const

/**
 * Another round would not help soon: every stream that is still worth an attempt was passed over.
 */
export function onlySkipped({ records }: Ledger): boolean {
  return records.every(
    ({ dead, skipped, tries }) => dead || (skipped !== undefined && (skipped !== 'unavailable' || tries === 0)),
  )
}

function change(ledger: Ledger, stream: number, to: (record: StreamRecord) => StreamRecord): Ledger {
  return { ...ledger, records: ledger.records.map((record, index) => (index === stream ? to(record) : record)) }
}
