export { createDeathWatch, type DeathWatch } from './death-watch.ts'
export { createHeartbeat, type Heartbeat, type HeartbeatOptions, type LossReason } from './heartbeat.ts'
export type { SlotHolder } from './slots/slot-holder.ts'
export {
  type AcquireOutcome,
  createSlots,
  type HeldSlot,
  type SlotRequest,
  type Slots,
  type SlotsOptions,
} from './slots/slots.ts'
export { createStreamHealth, type StreamHealth } from './stream-health/stream-health.ts'
