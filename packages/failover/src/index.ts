export { backoffMs } from './backoff.ts'
export {
  begin,
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  next,
  type Step,
} from './channel-state.ts'
export { createClipMemory } from './clip-memory.ts'
export { type AccountFacts, CONSEQUENCES, explainRefusal, LATE_COUNT_MS } from './consequences.ts'
export type { Skip } from './ledger.ts'
export { createMediaHealth, type HealthLimits, type MediaFacts, type MediaHealth } from './media-health.ts'
export type { Attempt, Candidate, EndReason, FailoverLimits, Failure, FailureKind } from './model.ts'
