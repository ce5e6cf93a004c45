import {
  chooseStream,
  countFailure,
  countTry,
  type Ledger,
  nextRound,
  onlySkipped,
  openLedger,
  roundsRemain,
  type Skip,
  skip,
  whyExhausted,
} from './ledger.ts'
import type { Attempt, Candidate, EndReason, FailoverLimits, Failure } from './model.ts'

/**
 * The life of a session, from its first viewer to its end. Exactly one state at a time; only `next` changes it.
 *
 * - `reserving`: a stream is chosen; its source is asked for a slot. Nothing is sent to the provider.
 *   → `opening` (slot granted) · `reserving` of another stream (full, blocked) · `resting` · `ended`
 * - `opening`: the slot is held; the connection is being made, until sound media has arrived.
 *   → `playing` · `closing` (failed)
 * - `playing`: media flows. → `closing` (failed, abandoned, stopped)
 * - `closing`: the connection is being closed. The slot is given back only after the socket's end, so nothing else is
 *   begun before. → `reserving` · `resting` · `ended`
 * - `resting`: every stream was tried in this round; the next round waits for its time. → `reserving` · `ended`
 * - `ended`: final. A new viewer needs a new session.
 */
export type ChannelState =
  | { readonly phase: 'reserving' | 'opening' | 'playing'; readonly attempt: Attempt; readonly ledger: Ledger }
  | { readonly phase: 'closing'; readonly attempt: Attempt; readonly ledger: Ledger; readonly end?: EndReason }
  | { readonly phase: 'resting'; readonly ledger: Ledger }
  | { readonly phase: 'ended'; readonly end: EndReason }

/** What happened. Events that carry an attempt are ignored when it is not the present one. */
export type ChannelEvent =
  | { readonly type: 'slot-granted'; readonly attempt: number }
  | { readonly type: 'slot-refused'; readonly attempt: number; readonly because: Skip }
  | { readonly type: 'media-sound'; readonly attempt: number }
  | { readonly type: 'failed'; readonly attempt: number; readonly failure: Failure; readonly playedMs: number }
  | { readonly type: 'closed'; readonly attempt: number }
  | { readonly type: 'rested' }
  /** No viewer for INACTIVE_TIMEOUT, or a viewer of another channel needs the lingering slot. */
  | { readonly type: 'abandoned' }
  | { readonly type: 'stopped' }

/** What the shell must do now. */
export type ChannelAction =
  /** Ask for a slot of the stream's source, unless the stream is blocked. Answer: `slot-granted` or `slot-refused`. */
  | { readonly do: 'reserve'; readonly attempt: Attempt }
  /** Connect. Answer: `media-sound` or `failed`. */
  | { readonly do: 'open'; readonly attempt: Attempt }
  /** Close the connection, give the slot back after the socket's end. Answer: `closed`. */
  | { readonly do: 'close'; readonly attempt: Attempt }
  /** Remember the outcome for all nodes. */
  | { readonly do: 'note-failure'; readonly attempt: Attempt; readonly failure: Failure }
  | { readonly do: 'note-success'; readonly attempt: Attempt }
  /** Wait before this round. Answer: `rested`. */
  | { readonly do: 'rest'; readonly round: number }
  | { readonly do: 'end'; readonly end: EndReason }

export type Step = { readonly state: ChannelState; readonly actions: readonly ChannelAction[] }

/** The first step of a session. */
export function begin(candidates: readonly Candidate[], limits: FailoverLimits): Step {
  return proceed(openLedger(candidates, limits))
}

/** The state after an event, and what to do. Pure; never throws; an event that does not fit changes nothing. */
export function next(state: ChannelState, event: ChannelEvent): Step {
  if (state.phase === 'ended' || isLate(state, event)) return { state, actions: [] }
  switch (event.type) {
    case 'slot-granted':
      return state.phase === 'reserving' ? open(state) : stay(state)
    case 'slot-refused':
      return state.phase === 'reserving' ? proceed(skip(state.ledger, state.attempt, event.because)) : stay(state)
    case 'media-sound':
      return state.phase === 'opening' ? play(state) : stay(state)
    case 'failed':
      return state.phase === 'opening' || state.phase === 'playing' ? fail(state, event) : stay(state)
    case 'closed':
      return state.phase === 'closing' ? afterClose(state) : stay(state)
    case 'rested':
      return state.phase === 'resting' ? proceed(nextRound(state.ledger)) : stay(state)
    case 'abandoned':
      return finish(state, 'idle')
    case 'stopped':
      return finish(state, 'stopped')
  }
}

function proceed(ledger: Ledger): Step {
  const stream = chooseStream(ledger)
  if (stream !== undefined) {
    const attempt = { number: ledger.attempts + 1, stream }
    const state = { phase: 'reserving', attempt, ledger: { ...ledger, attempts: attempt.number } } as const
    return { state, actions: [{ do: 'reserve', attempt }] }
  }
  // Before the first byte, a viewer whom nobody can serve gets his answer at once; a running one waits for a slot.
  const pointless = !ledger.begun && onlySkipped(ledger)
  if (pointless || !roundsRemain(ledger)) return ended(whyExhausted(ledger))
  return { state: { phase: 'resting', ledger }, actions: [{ do: 'rest', round: ledger.round + 1 }] }
}

type Trying = Extract<ChannelState, { phase: 'reserving' | 'opening' | 'playing' }>
type Closing = Extract<ChannelState, { phase: 'closing' }>

function open({ attempt, ledger }: Trying): Step {
  return {
    state: { phase: 'opening', attempt, ledger: countTry(ledger, attempt) },
    actions: [{ do: 'open', attempt }],
  }
}

function play({ attempt, ledger }: Trying): Step {
  return {
    state: { phase: 'playing', attempt, ledger: { ...ledger, begun: true } },
    actions: [{ do: 'note-success', attempt }],
  }
}

function fail({ attempt, ledger }: Trying, event: Extract<ChannelEvent, { type: 'failed' }>): Step {
  const { failure, playedMs } = event
  const actions: ChannelAction[] = [{ do: 'close', attempt }]
  // A provider that recycles a connection which played well did nothing wrong.
  const blameless = failure.kind === 'withdrawn' || (failure.kind === 'ended' && playedMs >= ledger.limits.soundMs)
  if (!blameless) actions.push({ do: 'note-failure', attempt, failure })
  return { state: { phase: 'closing', attempt, ledger: countFailure(ledger, attempt, failure, playedMs) }, actions }
}

function afterClose({ ledger, end }: Closing): Step {
  return end === undefined ? proceed(ledger) : ended(end)
}

function finish(state: Exclude<ChannelState, { phase: 'ended' }>, end: EndReason): Step {
  switch (state.phase) {
    case 'resting':
      return ended(end)
    case 'closing':
      return { state: { ...state, end }, actions: [] }
    default: {
      // While reserving, a slot may already be on its way: closing gives back whatever arrives.
      const { attempt, ledger } = state
      return { state: { phase: 'closing', attempt, ledger, end }, actions: [{ do: 'close', attempt }] }
    }
  }
}

function ended(end: EndReason): Step {
  return { state: { phase: 'ended', end }, actions: [{ do: 'end', end }] }
}

function stay(state: ChannelState): Step {
  return { state, actions: [] }
}

function isLate(state: ChannelState, event: ChannelEvent): boolean {
  if (!('attempt' in event)) return false
  return !('attempt' in state) || state.attempt.number !== event.attempt
}
