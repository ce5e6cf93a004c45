export { backoffMs } from './backoff.ts'
export type { ChannelAction, ChannelEvent, ChannelState } from './channel-model.ts'
export {
  begin,
  hasMedia,
  isEnding,
  isLastResort,
  isSlateDue,
  mayChangeStream,
  mayReturn,
  next,
} from './channel-state.ts'
export { createClipMemory } from './clip-memory.ts'
export { CONSEQUENCES, explainRefusal, LATE_COUNT_MS } from './consequences.ts'
export {
  advance,
  asksOthers,
  type Election,
  type ElectionEvent,
  nextSuccessor,
  type Others,
  openElection,
  stand,
  unspent,
} from './election.ts'
export { createMediaHealth, type HealthLimits, type MediaHealth } from './media-health.ts'
export {
  type Attempt,
  type EndReason,
  type FailoverLimits,
  type Failure,
  type FailureKind,
  type Skip,
  SLOT_WAIT_MS,
} from './model.ts'
