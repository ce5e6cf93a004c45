import { follow, lead, succeed, waitForElection } from './candidacy.ts'
import type { ChannelEvent, ChannelState, Step } from './channel-model.ts'
import {
  abdicate,
  afterClose,
  changeStream,
  consultLater,
  fail,
  giveUp,
  handOver,
  isIdle,
  open,
  passOn,
  persist,
  play,
  proceed,
  retire,
  yieldSlot,
} from './leading.ts'
import { chooseStream, forgetFull, keepsViewers, nextRound, openLedger, skip } from './ledger.ts'
import type { Candidate, EndReason, FailoverLimits } from './model.ts'
import { accept, prepare, withdraw } from './preparation.ts'
import { adopt, elect, leave, stay } from './steps.ts'

/**
 * The first step of a session.
 *
 * @param shared one node leads the channel for the whole cluster; otherwise the session plays for
 * its own viewers alone
 */
export function begin(candidates: readonly Candidate[], limits: FailoverLimits, shared = false): Step {
  const ledger = openLedger(candidates, limits, shared)
  return shared ? elect(ledger) : proceed(ledger)
}

/**
 * The state after an event, and the actions to carry out. Pure; never throws; an event that does
 * not fit the state changes nothing.
 */
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
      return state.phase === 'electing' ? waitForElection(state, event) : stay(state)
    case 'leader-silent':
      return state.phase === 'following' ? elect(state.ledger, state) : stay(state)
    case 'leader-ended':
      return state.phase === 'following' ? succeed(state, event.end) : stay(state)
    case 'leadership-lost':
      return 'attempt' in state || isIdle(state) ? abdicate(state) : stay(state)
    case 'hand-over':
      return handOver(state)
    case 'stream-unwanted':
      return mayChangeStream(state) ? changeStream(state) : stay(state)
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
    case 'outranked':
      return isTried(state) ? yieldSlot(state) : stay(state)
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
    case 'others-unknown':
      return state.phase === 'consulting' ? consultLater(state.ledger) : stay(state)
    case 'candidates-changed':
      return adopt(state, event.candidates)
    case 'abandoned':
      return finish(state, 'idle')
    case 'stopped':
      return finish(state, 'stopped')
  }
}

function finish(state: Exclude<ChannelState, { readonly phase: 'ended' }>, end: EndReason): Step {
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
      // While reserving, a slot may already be on its way: closing gives it back when it arrives.
      const { attempt, ledger } = state
      const after = { go: 'end', end } as const
      return { state: { phase: 'closing', attempt, ledger, after }, actions: [{ do: 'close', attempt }] }
    }
  }
}

function isLate(state: ChannelState, event: ChannelEvent): boolean {
  if (!('attempt' in event)) return false
  return !('attempt' in state) || state.attempt.number !== event.attempt
}

/** A stream is tried or played that can be left for the next one. */
export function mayChangeStream(
  state: ChannelState,
): state is Extract<ChannelState, { readonly phase: 'reserving' | 'opening' | 'playing' | 'offering' }> {
  return state.phase === 'opening' || state.phase === 'playing'
}

function isTried(
  state: ChannelState,
): state is Extract<ChannelState, { readonly phase: 'reserving' | 'opening' | 'playing' | 'offering' }> {
  return state.phase === 'opening' || state.phase === 'playing' || state.phase === 'offering'
}

/**
 * Media flows, from a provider or by relay.
 *
 * @param isLeaderFlowing it reaches the leader, while this node follows
 */
export function hasMedia({ phase }: ChannelState, isLeaderFlowing: boolean): boolean {
  const isFollowing = phase === 'following' || phase === 'preparing' || phase === 'withdrawing'
  return isFollowing ? isLeaderFlowing : phase === 'playing' || phase === 'offering'
}

/** The stream whose connection is closing may be tried again, so its slot will be wanted again. */
export function mayReturn(state: ChannelState): boolean {
  return state.phase === 'closing' && state.ledger.records[state.attempt.stream]?.dead === false
}

/** It has ended, or will when its connection is closed, even if a viewer joins meanwhile. */
export function isEnding(state: ChannelState): boolean {
  return state.phase === 'ended' || ('after' in state && state.after.go === 'end')
}

/** While all streams fail, the leader shows a slate to viewers that have had media. */
export function isSlateDue(state: ChannelState): boolean {
  const { phase } = state
  const isTrying = phase === 'reserving' || phase === 'opening' || phase === 'closing'
  return (isIdle(state) || isTrying) && keepsViewers(state.ledger) && state.ledger.failing === true
}

/** Nothing else is left to try in this round, so the present stream gets more time to start. */
export function isLastResort(state: ChannelState): boolean {
  return state.phase === 'opening' && chooseStream(state.ledger) === undefined
}
