export type { AttemptBegin, Turn } from './accounts/account-scripts.ts'
export { type Account, type Accounts, createAccounts, type Waiter } from './accounts/accounts.ts'
export { createDeathWatch, type DeathWatch } from './death-watch.ts'
export {
  type AskHolder,
  createEvidenceGatherer,
  type Evidence,
  type EvidenceGatherer,
  type Proof,
  type SlotQuestion,
} from './evidence.ts'
export { createGuard, type Guard, type GuardState } from './guard/guard.ts'
export { createHeartbeat, type Heartbeat, type HeartbeatOptions } from './heartbeat.ts'
export { createIncarnation, type Incarnation } from './incarnation.ts'
export type { LeadRecord } from './leadership/lead-record.ts'
export {
  type ClaimOutcome,
  createLeadership,
  type HeldLead,
  type Leadership,
  type LeadershipOptions,
  type LeadLossReason,
} from './leadership/leadership.ts'
export { createLeaseClock, type Lease, type LeaseClock } from './lease-clock.ts'
export type { NodeRecord } from './nodes/node-record.ts'
export { createNodes, type DeathReason, type Nodes, type NodesOptions } from './nodes/nodes.ts'
export { createTombstones, type Tombstones } from './nodes/tombstones.ts'
export { createPresence, type Presence } from './presence/presence.ts'
export { createReconcile, type Reconcile, type ReconcileCounts, type ReconcileOptions } from './reconcile.ts'
export type { SlotHolder, SlotState } from './slots/slot-holder.ts'
export {
  type AcquireOutcome,
  createSlots,
  type HeldSlot,
  type SlotLossReason,
  type Slots,
  type SlotsOptions,
} from './slots/slots.ts'
export type { SlotRequest } from './slots/take-slot.ts'
export { createStreamHealth, type StreamHealth } from './stream-health/stream-health.ts'
export { defaultTiming, type Timing, timingWith } from './timing.ts'
