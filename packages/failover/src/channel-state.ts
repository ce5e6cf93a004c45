import { CONSEQUENCES } from './consequences.ts'
import {
  awaitsSkipped,
  awaitsSlot,
  chooseStream,
  countFailure,
  countTry,
  forgetFull,
  type Ledger,
  nextRound,
  onlySkipped,
  openLedger,
  replaceCandidates,
  roundsRemain,
  type Skip,
  skip,
  whyExhausted,
} from './ledger.ts'
import type { Attempt, Candidate, EndReason, FailoverLimits, Failure } from './model.ts'

/**
 * The life of a session, from its first viewer to its end. Exactly one state at a time; only `next` changes it.
 *
 * A session of a cluster leads its channel or follows the node that does; one that is not shared just plays.
 *
 * - `electing`: who leads? The cluster is asked, with evidence if the former leader fell silent.
 *   → `reserving` (elected) · `following` (somebody else leads) · `ended`
 * - `following`: media comes by relay. → `electing` (the leader is silent or stepped down) · `ended`
 *
 * While leading:
 * - `reserving`: a stream is chosen; its account is asked for a slot. Nothing is sent to the provider.
 *   → `opening` (slot granted) · `reserving` of another stream (full, blocked) · `waiting` · `resting` · `ended`
 * - `opening`: the slot is held; the connection is being made, until sound media has arrived.
 *   → `playing` · `closing` (failed)
 * - `playing`: media flows. → `closing` (failed, abandoned, stopped, leadership lost)
 * - `closing`: the connection is being closed. The slot is given back only after the socket's end, so nothing else is
 *   begun before. → `reserving` · `waiting` · `resting` · `electing` · `ended`
 * - `waiting`: no viewer has had media yet, and only a slot is missing: one may come free at any moment.
 *   → `reserving` (it may have) · `ended` (a viewer waits only so long)
 * - `resting`: every stream was tried in this round; the next round waits for its time, or a slot comes free before.
 *   → `reserving` · `ended`
 *
 * - `ended`: final. A new viewer needs a new session.
 */
export type ChannelState =
  | { readonly phase: 'electing' | 'following'; readonly ledger: Ledger }
  | { readonly phase: 'reserving' | 'opening' | 'playing'; readonly attempt: Attempt; readonly ledger: Ledger }
  | { readonly phase: 'closing'; readonly attempt: Attempt; readonly ledger: Ledger; readonly after: AfterClose }
  | { readonly phase: 'waiting' | 'resting'; readonly ledger: Ledger }
  | { readonly phase: 'ended'; readonly end: EndReason }

/** What follows once the connection is closed and its slot given back. */
type AfterClose = { readonly go: 'on' } | { readonly go: 'elect' } | { readonly go: 'end'; readonly end: EndReason }

/** What happened. Events that carry an attempt are ignored when it is not the present one. */
export type ChannelEvent =
  | { readonly type: 'elected' }
  | { readonly type: 'led-by-another' }
  /** Nobody can be elected now: Redis is away, or has just come back. */
  | { readonly type: 'not-elected'; readonly because: 'unavailable' | 'cold' }
  /** Nothing came over the relay for so long that the leader may be gone. */
  | { readonly type: 'leader-silent' }
  /** The leader's last words. */
  | { readonly type: 'leader-ended'; readonly end: EndReason }
  /** This node is not the leader any more, or must not be (it drains). */
  | { readonly type: 'leadership-lost' }
  | { readonly type: 'slot-granted'; readonly attempt: number }
  | { readonly type: 'slot-refused'; readonly attempt: number; readonly because: Skip }
  | { readonly type: 'media-sound'; readonly attempt: number }
  /** The stream has played for `soundMs`: only now its earlier failures are forgiven on all nodes. */
  | { readonly type: 'proved'; readonly attempt: number }
  | { readonly type: 'failed'; readonly attempt: number; readonly failure: Failure; readonly playedMs: number }
  | { readonly type: 'closed'; readonly attempt: number }
  | { readonly type: 'rested' }
  /** It is this session's turn to ask for a slot again. */
  | { readonly type: 'slot-free' }
  /** Nobody waits any longer for a slot. */
  | { readonly type: 'waited-enough' }
  /** Another generation of the catalogue: the streams that the channel has from now on. */
  | { readonly type: 'candidates-changed'; readonly candidates: readonly Candidate[] }
  /** No viewer anywhere for INACTIVE_TIMEOUT, or a viewer of another channel needs the lingering slot. */
  | { readonly type: 'abandoned' }
  | { readonly type: 'stopped' }

/** What the shell must do now. */
export type ChannelAction =
  /** Claim the leadership. Answer: `elected`, `led-by-another` or `not-elected`. `again`: after a short pause. */
  | { readonly do: 'elect'; readonly again: boolean }
  /** Take the channel from the relay, unless that is done already. */
  | { readonly do: 'follow' }
  | { readonly do: 'unfollow' }
  /** From now on, what is played is for all nodes. */
  | { readonly do: 'lead' }
  /** Give the leadership up; the reason, if any, ends the followers too. */
  | { readonly do: 'step-down'; readonly end?: EndReason }
  /** Ask for a slot of the stream's account, unless the stream is blocked. Answer: `slot-granted` or `slot-refused`. */
  | { readonly do: 'reserve'; readonly attempt: Attempt }
  /** Connect. Answer: `media-sound` or `failed`. */
  | { readonly do: 'open'; readonly attempt: Attempt }
  /** Close the connection, give the slot back after the socket's end. Answer: `closed`. */
  | { readonly do: 'close'; readonly attempt: Attempt }
  /** Remember the outcome for all nodes. */
  | { readonly do: 'note-failure'; readonly attempt: Attempt; readonly failure: Failure }
  | { readonly do: 'note-success'; readonly attempt: Attempt }
  /** Wait before this round. Answer: `rested`. If the rest before this round has begun already, it goes on. */
  | { readonly do: 'rest'; readonly round: number }
  /** Queue for a slot of the accounts of all streams. Answer: `slot-free`, each time; `waited-enough`, unless `patient`. */
  | { readonly do: 'await-slot'; readonly patient: boolean }
  | { readonly do: 'end'; readonly end: EndReason }

export type Step = { readonly state: ChannelState; readonly actions: readonly ChannelAction[] }

type Going = Exclude<ChannelState, { phase: 'ended' }>
type Electing = Extract<ChannelState, { phase: 'electing' | 'following' }>
type Trying = Extract<ChannelState, { phase: 'reserving' | 'opening' | 'playing' }>
type Closing = Extract<ChannelState, { phase: 'closing' }>
type Idle = Extract<ChannelState, { phase: 'waiting' | 'resting' }>

/**
 * The first step of a session.
 *
 * @param shared one session per channel in the whole cluster leads; otherwise the session plays for itself
 */
export function begin(candidates: readonly Candidate[], limits: FailoverLimits, shared = false): Step {
  const ledger = openLedger(candidates, limits, shared)
  return shared ? elect(ledger) : proceed(ledger)
}

/** The state after an event, and what to do. Pure; never throws; an event that does not fit changes nothing. */
export function next(state: ChannelState, event: ChannelEvent): Step {
  if (state.phase === 'ended' || isLate(state, event)) return stay(state)
  switch (event.type) {
    case 'elected':
      return state.phase === 'electing' ? lead(state.ledger) : stay(state)
    case 'led-by-another':
      return state.phase === 'electing' ? follow(state.ledger) : stay(state)
    case 'not-elected':
      return state.phase === 'electing' ? waitForElection(state, event.because) : stay(state)
    case 'leader-silent':
      return state.phase === 'following' ? elect(state.ledger) : stay(state)
    case 'leader-ended':
      return state.phase === 'following' ? heed(state, event.end) : stay(state)
    case 'leadership-lost':
      return 'attempt' in state || isIdle(state) ? abdicate(state) : stay(state)
    case 'slot-granted':
      return state.phase === 'reserving' ? open(state) : stay(state)
    case 'slot-refused':
      return state.phase === 'reserving' ? proceed(skip(state.ledger, state.attempt, event.because)) : stay(state)
    case 'media-sound':
      return state.phase === 'opening' ? play(state) : stay(state)
    case 'proved':
      return state.phase === 'playing'
        ? { state, actions: [{ do: 'note-success', attempt: state.attempt }] }
        : stay(state)
    case 'failed':
      return state.phase === 'opening' || state.phase === 'playing' ? fail(state, event) : stay(state)
    case 'closed':
      return state.phase === 'closing' ? afterClose(state) : stay(state)
    case 'rested':
      return state.phase === 'resting' ? proceed(nextRound(state.ledger)) : stay(state)
    case 'slot-free':
      return isIdle(state) ? proceed(forgetFull(state.ledger)) : stay(state)
    case 'waited-enough':
      return state.phase === 'waiting' ? retire(state.ledger, whyExhausted(state.ledger)) : stay(state)
    case 'candidates-changed':
      return adopt(state, event.candidates)
    case 'abandoned':
      return finish(state, 'idle')
    case 'stopped':
      return finish(state, 'stopped')
  }
}

function elect(ledger: Ledger, again = false): Step {
  return { state: { phase: 'electing', ledger }, actions: [{ do: 'elect', again }] }
}

function lead(ledger: Ledger): Step {
  return withFirst(proceed(ledger), { do: 'unfollow' }, { do: 'lead' })
}

function follow(ledger: Ledger): Step {
  return { state: { phase: 'following', ledger: { ...ledger, begun: true } }, actions: [{ do: 'follow' }] }
}

/** Without Redis nothing new is begun; who has viewers already waits for it. */
function waitForElection({ ledger }: Electing, because: 'unavailable' | 'cold'): Step {
  return because === 'unavailable' && !ledger.begun ? leave('coordination-unavailable') : elect(ledger, true)
}

/** A leader that gives up for lack of streams decides for all; one that goes for its own reasons leaves the place free. */
function heed({ ledger }: Electing, end: EndReason): Step {
  return end === 'idle' || end === 'stopped' ? elect(ledger) : leave(end)
}

/** The connection ends first; only then may anybody else be told. */
function abdicate(state: Trying | Closing | Idle): Step {
  const { ledger } = state
  if (isIdle(state)) return withFirst(elect(ledger), { do: 'step-down' })
  const after: AfterClose = state.phase === 'closing' && state.after.go === 'end' ? state.after : { go: 'elect' }
  const actions: ChannelAction[] = state.phase === 'closing' ? [] : [{ do: 'close', attempt: state.attempt }]
  return { state: { phase: 'closing', attempt: state.attempt, ledger, after }, actions }
}

/** Nothing is interrupted: the new streams count from the next choice on. */
function adopt(state: Going, candidates: readonly Candidate[]): Step {
  if (!('attempt' in state))
    return stay({ ...state, ledger: replaceCandidates(state.ledger, candidates, undefined).ledger })
  const { ledger, present } = replaceCandidates(state.ledger, candidates, state.attempt.stream)
  const attempt = { ...state.attempt, stream: present ?? state.attempt.stream }
  return stay({ ...state, attempt, ledger })
}

function proceed(ledger: Ledger): Step {
  const stream = chooseStream(ledger)
  if (stream !== undefined) {
    const attempt = { number: ledger.attempts + 1, stream }
    const state = { phase: 'reserving', attempt, ledger: { ...ledger, attempts: attempt.number } } as const
    return { state, actions: [{ do: 'reserve', attempt }] }
  }
  // Before the first byte, a viewer whom only a slot could help waits for one a while, and one whom nobody can serve gets his answer at once.
  const pointless = !ledger.begun && onlySkipped(ledger)
  const worthwhile = roundsRemain(ledger) || awaitsSkipped(ledger)
  if (!pointless && worthwhile) return rest(ledger)
  if (!awaitsSlot(ledger)) return retire(ledger, whyExhausted(ledger))
  return { state: { phase: 'waiting', ledger }, actions: [{ do: 'await-slot', patient: false }] }
}

function rest(ledger: Ledger): Step {
  const actions: ChannelAction[] = [{ do: 'rest', round: ledger.round + 1 }]
  if (awaitsSlot(ledger)) actions.push({ do: 'await-slot', patient: true })
  return { state: { phase: 'resting', ledger }, actions }
}

function open({ attempt, ledger }: Trying): Step {
  return {
    state: { phase: 'opening', attempt, ledger: countTry(ledger, attempt) },
    actions: [{ do: 'open', attempt }],
  }
}

function play({ attempt, ledger }: Trying): Step {
  return stay({ phase: 'playing', attempt, ledger: { ...ledger, begun: true } })
}

function fail({ attempt, ledger }: Trying, event: Extract<ChannelEvent, { type: 'failed' }>): Step {
  const { failure, playedMs } = event
  const actions: ChannelAction[] = [{ do: 'close', attempt }]
  // A provider that recycles a connection which played well did nothing wrong.
  const endedSound = failure.kind === 'ended' && playedMs >= ledger.limits.soundMs
  const blameless = endedSound || CONSEQUENCES[failure.kind].blames === 'nobody'
  if (!blameless) actions.push({ do: 'note-failure', attempt, failure })
  const counted = countFailure(ledger, attempt, failure, playedMs)
  return { state: { phase: 'closing', attempt, ledger: counted, after: { go: 'on' } }, actions }
}

function afterClose({ ledger, after }: Closing): Step {
  switch (after.go) {
    case 'on':
      return proceed(ledger)
    case 'elect':
      return withFirst(elect(ledger), { do: 'step-down' })
    case 'end':
      return retire(ledger, after.end)
  }
}

function finish(state: Going, end: EndReason): Step {
  switch (state.phase) {
    case 'electing':
    case 'following':
      return leave(end)
    case 'waiting':
    case 'resting':
      return retire(state.ledger, end)
    case 'closing':
      return { state: { ...state, after: { go: 'end', end } }, actions: [] }
    default: {
      // While reserving, a slot may already be on its way: closing gives back whatever arrives.
      const { attempt, ledger } = state
      const after = { go: 'end', end } as const
      return { state: { phase: 'closing', attempt, ledger, after }, actions: [{ do: 'close', attempt }] }
    }
  }
}

/** The end of one who leads, or plays for itself. */
function retire({ shared }: Ledger, end: EndReason): Step {
  const ended: Step = { state: { phase: 'ended', end }, actions: [{ do: 'end', end }] }
  return shared ? withFirst(ended, { do: 'step-down', end }) : ended
}

/** The end of one who does not lead. */
function leave(end: EndReason): Step {
  return { state: { phase: 'ended', end }, actions: [{ do: 'unfollow' }, { do: 'end', end }] }
}

function withFirst(step: Step, ...first: ChannelAction[]): Step {
  return { state: step.state, actions: [...first, ...step.actions] }
}

function stay(state: ChannelState): Step {
  return { state, actions: [] }
}

function isIdle(state: ChannelState): state is Idle {
  return state.phase === 'waiting' || state.phase === 'resting'
}

function isLate(state: ChannelState, event: ChannelEvent): boolean {
  if (!('attempt' in event)) return false
  return !('attempt' in state) || state.attempt.number !== event.attempt
}
