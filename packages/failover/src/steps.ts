/** Steps that more than one part of the machine takes. */
import type { ChannelAction, ChannelState, Step, Verdict } from './channel-model.ts'
import { type Ledger, replaceCandidates } from './ledger.ts'
import type { Candidate, EndReason } from './model.ts'

export function elect(
  ledger: Ledger,
  { again = false, verdict }: { readonly again?: boolean; readonly verdict?: Verdict } = {},
): Step {
  const state = { phase: 'electing', ledger, ...(verdict !== undefined && { verdict }) } as const
  return { state, actions: [{ do: 'elect', again }] }
}

/**
 * A leader that leaves for its own reasons says nothing about the streams; one that found no stream
 * leaves the others to try theirs.
 */
export function verdictOf(end: EndReason): { readonly verdict?: Verdict } {
  return end === 'idle' || end === 'stopped' ? {} : { verdict: { end, isOwn: false } }
}

/** Interrupts nothing: the new streams count from the next choice on. */
export function adopt(
  state: Exclude<ChannelState, { readonly phase: 'ended' }>,
  candidates: readonly Candidate[],
): Step {
  if (!('attempt' in state)) {
    return stay({ ...state, ledger: replaceCandidates(state.ledger, candidates, undefined).ledger })
  }
  const { ledger, present } = replaceCandidates(state.ledger, candidates, state.attempt.stream)
  const attempt = { ...state.attempt, stream: present ?? state.attempt.stream }
  return stay({ ...state, attempt, ledger })
}

/** The end of a node that does not lead. */
export function leave(end: EndReason): Step {
  return { state: { phase: 'ended', end }, actions: [{ do: 'unfollow' }, { do: 'end', end }] }
}

export function withFirst(step: Step, ...first: ChannelAction[]): Step {
  return { state: step.state, actions: [...first, ...step.actions] }
}

export function stay(state: ChannelState): Step {
  return { state, actions: [] }
}
