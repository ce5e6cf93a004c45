/** The part of a node that leads its channel, or plays for its own viewers alone. */
import type { AfterClose, ChannelAction, ChannelEvent, ChannelState, Step } from './channel-model.ts'
import { CONSEQUENCES } from './consequences.ts'
import {
  awaitsSkipped,
  awaitsSlot,
  chooseStream,
  countFailure,
  countTry,
  keepsViewers,
  type Ledger,
  mayBeOwnTrouble,
  onlySkipped,
  roundsRemain,
  streamsWithoutSlot,
  turnToNext,
  whyExhausted,
} from './ledger.ts'
import type { EndReason, Failure } from './model.ts'
import { elect, stay, withFirst } from './steps.ts'

type Trying = Extract<ChannelState, { readonly phase: 'reserving' | 'opening' | 'playing' | 'offering' }>
type Closing = Extract<ChannelState, { readonly phase: 'closing' }>
type Idle = Extract<ChannelState, { readonly phase: 'waiting' | 'resting' | 'consulting' }>

/** Tries the next stream; without one: rests, waits for a slot, or asks other nodes. */
export function proceed(ledger: Ledger): Step {
  const stream = chooseStream(ledger)
  if (stream !== undefined) {
    const attempt = { number: ledger.attempts + 1, stream }
    const state = { phase: 'reserving', attempt, ledger: { ...ledger, attempts: attempt.number } } as const
    return { state, actions: [{ do: 'reserve', attempt }] }
  }
  // Its viewers could wait for ever, behind all those who come before them.
  if (ledger.outranked === true && ledger.begun) return retire(ledger, 'outranked')
  if (isWorthwhile(ledger)) return mayBeOwnTrouble(ledger) ? consult(ledger) : rest(ledger)
  if (!awaitsSlot(ledger)) return giveUp(ledger)
  return { state: { phase: 'waiting', ledger }, actions: [awaitSlot(ledger, false)] }
}

/**
 * Another round may help. Before the first byte, a viewer that only needs a slot waits for one a
 * while; a viewer that no round can help gets its answer at once.
 */
export function isWorthwhile(ledger: Ledger): boolean {
  if (!ledger.begun && onlySkipped(ledger)) return false
  return roundsRemain(ledger) || awaitsSkipped(ledger) || keepsViewers(ledger)
}

/** This node has nothing left to try, but another node may still be able to play the channel. */
export function giveUp(ledger: Ledger): Step {
  return ledger.shared ? consult(ledger) : retire(ledger, whyExhausted(ledger))
}

function consult(ledger: Ledger): Step {
  return { state: { phase: 'consulting', ledger: { ...ledger, failing: true } }, actions: [{ do: 'consult' }] }
}

/** Other nodes may still try their streams: one of them leads next. */
export function passOn(ledger: Ledger): Step {
  const end = whyExhausted(ledger)
  return {
    state: { phase: 'following', ledger, verdict: { end, isOwn: true } },
    actions: [{ do: 'step-down', end }, { do: 'follow' }],
  }
}

/** No other node can help. */
export function persist(ledger: Ledger): Step {
  return isWorthwhile(ledger) ? rest(ledger) : retire(ledger, whyExhausted(ledger))
}

/** Viewers that have had media wait until it is known whether another node can help. */
export function consultLater(ledger: Ledger): Step {
  return ledger.begun ? rest(ledger) : persist(ledger)
}

function rest(ledger: Ledger): Step {
  const actions: ChannelAction[] = [{ do: 'rest', round: ledger.round + 1 }]
  if (awaitsSlot(ledger)) actions.push(awaitSlot(ledger, true))
  return { state: { phase: 'resting', ledger: { ...ledger, failing: true } }, actions }
}

function awaitSlot(ledger: Ledger, patient: boolean): ChannelAction {
  return { do: 'await-slot', streams: streamsWithoutSlot(ledger), patient }
}

export function open({ attempt, ledger }: Trying): Step {
  return {
    state: { phase: 'opening', attempt, ledger: countTry(ledger, attempt) },
    actions: [{ do: 'open', attempt }],
  }
}

export function play({ attempt, ledger }: Trying): Step {
  return stay({
    phase: 'playing',
    attempt,
    ledger: { ...ledger, begun: true, failing: false, relieves: false, outranked: false },
  })
}

export function fail({ attempt, ledger }: Trying, event: Extract<ChannelEvent, { readonly type: 'failed' }>): Step {
  const { failure, playedMs } = event
  const actions: ChannelAction[] = [{ do: 'close', attempt }]
  // A provider that recycles a connection which played well is not at fault.
  const endedHealthy = failure.kind === 'ended' && playedMs >= ledger.limits.stableMs
  const blameless = endedHealthy || CONSEQUENCES[failure.kind].blames === 'nobody'
  if (!blameless) actions.push({ do: 'note-failure', attempt, failure })
  const counted = countFailure(ledger, attempt, failure, playedMs)
  return { state: { phase: 'closing', attempt, ledger: counted, after: { go: 'on' } }, actions }
}

const OUTRANKED: Failure = { kind: 'withdrawn', code: 'outranked' }

/** The slot goes to a session of higher priority; viewers continue if another stream has one. */
export function yieldSlot({ attempt, ledger }: Trying): Step {
  const counted = { ...countFailure(ledger, attempt, OUTRANKED, 0), outranked: true }
  return {
    state: { phase: 'closing', attempt, ledger: counted, after: { go: 'on' } },
    actions: [{ do: 'close', attempt }],
  }
}

/** Leaves a stream that is not at fault for the next one. */
export function changeStream({ attempt, ledger }: Trying): Step {
  const state = { phase: 'closing', attempt, ledger: turnToNext(ledger, attempt), after: { go: 'on' } } as const
  return { state, actions: [{ do: 'close', attempt }] }
}

export function afterClose({ ledger, after }: Closing): Step {
  switch (after.go) {
    case 'on':
      return proceed(ledger)
    case 'elect':
      return withFirst(elect(ledger), { do: 'step-down' })
    case 'end':
      return retire(ledger, after.end)
  }
}

const LEADERSHIP_LOST: Failure = { kind: 'withdrawn', code: 'leadership-lost' }

/** Closes the connection first: only then may other nodes hear that the leadership is free. */
export function abdicate(state: Trying | Closing | Idle): Step {
  if (isIdle(state)) return withFirst(elect(state.ledger), { do: 'step-down' })
  // The stream is not at fault: a node that is elected soon after continues with it at once.
  const isTried = state.phase !== 'closing' && state.phase !== 'reserving'
  const ledger = isTried ? countFailure(state.ledger, state.attempt, LEADERSHIP_LOST, 0) : state.ledger
  const after: AfterClose = state.phase === 'closing' && state.after.go === 'end' ? state.after : { go: 'elect' }
  const actions: ChannelAction[] = state.phase === 'closing' ? [] : [{ do: 'close', attempt: state.attempt }]
  return { state: { phase: 'closing', attempt: state.attempt, ledger, after }, actions }
}

/** Offers the channel without a gap while it plays; otherwise closes first, then steps down. */
export function handOver(state: Exclude<ChannelState, { readonly phase: 'ended' }>): Step {
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

/** The end of a node that leads, or plays for its own viewers. */
export function retire({ shared }: Ledger, end: EndReason): Step {
  const ended: Step = { state: { phase: 'ended', end }, actions: [{ do: 'end', end }] }
  return shared ? withFirst(ended, { do: 'step-down', end }) : ended
}

export function isIdle(state: ChannelState): state is Idle {
  return state.phase === 'waiting' || state.phase === 'resting' || state.phase === 'consulting'
}
