import type {
  AfterClose,
  Candidacy,
  ChannelAction,
  ChannelEvent,
  ChannelState,
  Step,
  Verdict,
} from './channel-model.ts'
import { CONSEQUENCES } from './consequences.ts'
import {
  awaitsSkipped,
  awaitsSlot,
  chooseStream,
  countFailure,
  countTry,
  forgetFull,
  keepsViewers,
  type Ledger,
  mayBeOwnTrouble,
  newBout,
  nextRound,
  onlySkipped,
  openLedger,
  roundsRemain,
  skip,
  streamsWithoutSlot,
  whyExhausted,
} from './ledger.ts'
import type { Candidate, EndReason, FailoverLimits, Failure } from './model.ts'
import { accept, prepare, withdraw } from './preparation.ts'
import { adopt, elect, leave, stay, verdictOf, withFirst } from './steps.ts'

type Going = Exclude<ChannelState, { phase: 'ended' }>
type Trying = Extract<ChannelState, { phase: 'reserving' | 'opening' | 'playing' | 'offering' }>
type Closing = Extract<ChannelState, { phase: 'closing' }>
type Idle = Extract<ChannelState, { phase: 'waiting' | 'resting' | 'consulting' }>

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
  if (state.phase === 'preparing') return prepare(state, event)
  if (state.phase === 'withdrawing') return withdraw(state, event)
  switch (event.type) {
    case 'elected':
      return state.phase === 'electing' || state.phase === 'following' ? lead(state) : stay(state)
    case 'led-by-another':
      return state.phase === 'electing' ? follow(state) : stay(state)
    case 'not-elected':
      return state.phase === 'electing' ? waitForElection(state, event.because) : stay(state)
    case 'leader-silent':
      return state.phase === 'following' ? elect(state.ledger, state) : stay(state)
    case 'leader-ended':
      return state.phase === 'following' ? heed(state, event.end) : stay(state)
    case 'leadership-lost':
      return 'attempt' in state || isIdle(state) ? abdicate(state) : stay(state)
    case 'hand-over':
      return handOver(state)
    case 'offer-failed':
      return state.phase === 'offering' ? abdicate(state) : stay(state)
    case 'offer-declined':
      return state.phase === 'offering' ? { state, actions: [{ do: 'offer' }] } : stay(state)
    case 'no-successor':
      return state.phase === 'offering'
        ? { state: { ...state, phase: 'playing' }, actions: [{ do: 'unfollow' }] }
        : stay(state)
    case 'invited':
      return state.phase === 'following' ? accept(state.ledger, event.streamId) : stay(state)
    case 'ready':
    case 'invitation-over':
      return stay(state)
    case 'slot-granted':
      return state.phase === 'reserving' ? open(state) : stay(state)
    case 'slot-refused':
      return state.phase === 'reserving' ? proceed(skip(state.ledger, state.attempt, event.because)) : stay(state)
    case 'media-healthy':
      return state.phase === 'opening' ? play(state) : stay(state)
    case 'proved':
      return state.phase === 'playing'
        ? { state, actions: [{ do: 'note-success', attempt: state.attempt }] }
        : stay(state)
    case 'failed':
      if (state.phase === 'offering') return abdicate(state)
      return state.phase === 'opening' || state.phase === 'playing' ? fail(state, event) : stay(state)
    case 'closed':
      return state.phase === 'closing' ? afterClose(state) : stay(state)
    case 'rested':
      return state.phase === 'resting' ? proceed(nextRound(state.ledger)) : stay(state)
    case 'slot-free':
      return state.phase === 'waiting' || state.phase === 'resting' ? proceed(forgetFull(state.ledger)) : stay(state)
    case 'waited-enough':
      return state.phase === 'waiting' ? giveUp(state.ledger) : stay(state)
    case 'others-may-try':
      return state.phase === 'consulting' ? passOn(state.ledger) : stay(state)
    case 'nobody-else':
      return state.phase === 'consulting' ? persist(state.ledger) : stay(state)
    case 'candidates-changed':
      return adopt(state, event.candidates)
    case 'abandoned':
      return finish(state, 'idle')
    case 'stopped':
      return finish(state, 'stopped')
  }
}

/** Media flows, from a provider or by relay. */
export function hasMedia({ phase }: ChannelState): boolean {
  const isFollowing = phase === 'following' || phase === 'preparing' || phase === 'withdrawing'
  return isFollowing || phase === 'playing' || phase === 'offering'
}

/** The stream whose connection is being closed may be tried again, so its slot will be wanted again. */
export function mayReturn(state: ChannelState): boolean {
  return state.phase === 'closing' && state.ledger.records[state.attempt.stream]?.dead === false
}

/** It is over, or will be when the connection is closed, no matter who comes. */
export function isEnding(state: ChannelState): boolean {
  return state.phase === 'ended' || ('after' in state && state.after.go === 'end')
}

/** After another leader gave up, everything is worth a try of this node's own. */
function lead({ ledger, verdict }: Candidacy): Step {
  const own = verdict === undefined ? ledger : { ...newBout(ledger), relieves: true }
  return withFirst(proceed(own), { do: 'unfollow' }, { do: 'lead' })
}

/**
 * What failed here before says nothing of what the leader plays, nor of what will be when this node leads again; unless that
 * leader only tries what this node could not.
 */
function follow({ ledger, verdict }: Candidacy): Step {
  const own = verdict?.isOwn ? ledger : { ...newBout(ledger), begun: true }
  return { state: { phase: 'following', ledger: own, ...(verdict && { verdict }) }, actions: [{ do: 'follow' }] }
}

/** Without Redis nothing new is begun; a session that has viewers already waits for it. */
function waitForElection(state: Candidacy, because: 'unavailable' | 'cold' | 'spent'): Step {
  const { ledger, verdict } = state
  if (because === 'spent') return decideAlone(ledger, verdict)
  if (because === 'unavailable' && !ledger.begun) return leave('coordination-unavailable')
  return elect(ledger, { again: true, ...(verdict && { verdict }) })
}

/** Every node has tried: a session goes on only with what it has not tried to its limit itself. */
function decideAlone(ledger: Ledger, verdict: Verdict | undefined): Step {
  if (verdict === undefined || (verdict.isOwn && isWorthwhile(ledger)) || keepsViewers(ledger)) return elect(ledger)
  return leave(verdict.end)
}

/** This node may reach what the leader could not. */
function heed({ ledger }: Candidacy, end: EndReason): Step {
  const { verdict } = verdictOf(end)
  return verdict === undefined ? elect(ledger) : elect({ ...newBout(ledger), begun: ledger.begun }, { verdict })
}

const LEADERSHIP_LOST: Failure = { kind: 'withdrawn', code: 'leadership-lost' }

/** The connection ends first; only then may anybody else be told. */
function abdicate(state: Trying | Closing | Idle): Step {
  if (isIdle(state)) return withFirst(elect(state.ledger), { do: 'step-down' })
  // No fault of the stream: anyone who is elected again soon goes on with it at once.
  const isTried = state.phase !== 'closing' && state.phase !== 'reserving'
  const ledger = isTried ? countFailure(state.ledger, state.attempt, LEADERSHIP_LOST, 0) : state.ledger
  const after: AfterClose = state.phase === 'closing' && state.after.go === 'end' ? state.after : { go: 'elect' }
  const actions: ChannelAction[] = state.phase === 'closing' ? [] : [{ do: 'close', attempt: state.attempt }]
  return { state: { phase: 'closing', attempt: state.attempt, ledger, after }, actions }
}

/** Without a gap if that can be; else the connection is closed first, and others are told. */
function handOver(state: Going): Step {
  switch (state.phase) {
    case 'playing':
      return { state: { ...state, phase: 'offering' }, actions: [{ do: 'yield' }, { do: 'offer' }] }
    case 'reserving':
    case 'opening':
    case 'closing':
    case 'waiting':
    case 'resting':
    case 'consulting':
      return withFirst(abdicate(state), { do: 'yield' })
    default:
      return stay(state)
  }
}

function proceed(ledger: Ledger): Step {
  const stream = chooseStream(ledger)
  if (stream !== undefined) {
    const attempt = { number: ledger.attempts + 1, stream }
    const state = { phase: 'reserving', attempt, ledger: { ...ledger, attempts: attempt.number } } as const
    return { state, actions: [{ do: 'reserve', attempt }] }
  }
  if (isWorthwhile(ledger)) return mayBeOwnTrouble(ledger) ? consult(ledger) : rest(ledger)
  if (!awaitsSlot(ledger)) return giveUp(ledger)
  return { state: { phase: 'waiting', ledger }, actions: [awaitSlot(ledger, false)] }
}

/**
 * A further round may bring something. Before the first byte, a viewer that only a slot could help waits for one a while, and
 * one that nobody can serve gets its answer at once.
 */
function isWorthwhile(ledger: Ledger): boolean {
  if (!ledger.begun && onlySkipped(ledger)) return false
  return roundsRemain(ledger) || awaitsSkipped(ledger) || keepsViewers(ledger)
}

/** Nothing is left for this node to try; that is no reason to end what another one could play. */
function giveUp(ledger: Ledger): Step {
  return ledger.shared ? consult(ledger) : retire(ledger, whyExhausted(ledger))
}

function consult(ledger: Ledger): Step {
  return { state: { phase: 'consulting', ledger: { ...ledger, failing: true } }, actions: [{ do: 'consult' }] }
}

function passOn(ledger: Ledger): Step {
  const end = whyExhausted(ledger)
  return {
    state: { phase: 'following', ledger, verdict: { end, isOwn: true } },
    actions: [{ do: 'step-down', end }, { do: 'follow' }],
  }
}

function persist(ledger: Ledger): Step {
  return isWorthwhile(ledger) ? rest(ledger) : retire(ledger, whyExhausted(ledger))
}

function rest(ledger: Ledger): Step {
  const actions: ChannelAction[] = [{ do: 'rest', round: ledger.round + 1 }]
  if (awaitsSlot(ledger)) actions.push(awaitSlot(ledger, true))
  return { state: { phase: 'resting', ledger: { ...ledger, failing: true } }, actions }
}

function awaitSlot(ledger: Ledger, patient: boolean): ChannelAction {
  return { do: 'await-slot', streams: streamsWithoutSlot(ledger), patient }
}

function open({ attempt, ledger }: Trying): Step {
  return {
    state: { phase: 'opening', attempt, ledger: countTry(ledger, attempt) },
    actions: [{ do: 'open', attempt }],
  }
}

function play({ attempt, ledger }: Trying): Step {
  return stay({ phase: 'playing', attempt, ledger: { ...ledger, begun: true, failing: false, relieves: false } })
}

function fail({ attempt, ledger }: Trying, event: Extract<ChannelEvent, { type: 'failed' }>): Step {
  const { failure, playedMs } = event
  const actions: ChannelAction[] = [{ do: 'close', attempt }]
  // A provider that recycles a connection which played well did nothing wrong.
  const endedHealthy = failure.kind === 'ended' && playedMs >= ledger.limits.stableMs
  const blameless = endedHealthy || CONSEQUENCES[failure.kind].blames === 'nobody'
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
    case 'consulting':
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

/** While all streams fail, who leads shows a slate to those who have had media, until a stream is back. */
export function isSlateDue(state: ChannelState): boolean {
  const { phase } = state
  const isTrying = phase === 'reserving' || phase === 'opening' || phase === 'closing'
  return (isIdle(state) || isTrying) && keepsViewers(state.ledger) && state.ledger.failing === true
}

/** Nothing else is left to try in this round: the present stream is better waited for than left. */
export function isLastResort(state: ChannelState): boolean {
  return state.phase === 'opening' && chooseStream(state.ledger) === undefined
}

/** The end of one who leads, or plays for itself. */
function retire({ shared }: Ledger, end: EndReason): Step {
  const ended: Step = { state: { phase: 'ended', end }, actions: [{ do: 'end', end }] }
  return shared ? withFirst(ended, { do: 'step-down', end }) : ended
}

function isIdle(state: ChannelState): state is Idle {
  return state.phase === 'waiting' || state.phase === 'resting' || state.phase === 'consulting'
}

function isLate(state: ChannelState, event: ChannelEvent): boolean {
  if (!('attempt' in event)) return false
  return !('attempt' in state) || state.attempt.number !== event.attempt
}
