export { type EventuallyOptions, eventually, eventuallyPasses } from './eventually.ts'
export { createManualClock, type ManualClock } from './manual-clock.ts'
export { type ChaosProxy, type LinkConditions, startChaosProxy } from './network/chaos-proxy.ts'
export {
  openViewer,
  openViewers,
  type Viewer,
  type ViewerEnd,
  type ViewerOptions,
  type ViewerPace,
} from './network/viewer-swarm.ts'
export { findFreePort, isPortOpen } from './process/free-port.ts'
export {
  type LineMatch,
  type LogLine,
  type ProcessExit,
  type ProcessOptions,
  type StartedProcess,
  startProcess,
} from './process/start-process.ts'
export { type FakeProvider, startFakeProvider } from './provider/fake-provider.ts'
export { type FakeProviderProcess, startFakeProviderProcess } from './provider/fake-provider-process.ts'
export { type RemoteProvider, steerFakeProvider } from './provider/provider-control.ts'
export type { FaultScope, ProviderFaults } from './provider/provider-faults.ts'
export type {
  FakeProviderOptions,
  LimitPolicy,
  ProviderAccount,
  ProviderEntry,
  ProviderMedia,
  ProviderPlaylist,
  ProviderProfile,
} from './provider/provider-options.ts'
export type {
  LimitViolation,
  ProviderRequest,
  ProviderTruth,
  StreamAttempt,
  StreamCounts,
} from './provider/provider-truth.ts'
export type { StreamCut } from './provider/stream-response.ts'
export { type RedisForTests, type RedisForTestsOptions, startRedisForTests } from './redis/redis-for-tests.ts'
export { type RedisReply, sendRedisCommand } from './redis/redis-wire.ts'
export type { ArrivalGap } from './transport-stream/check-arrival.ts'
export type { SequenceGap, SourceSwitch, StreamCount } from './transport-stream/check-sequence.ts'
export type { CheckerReport } from './transport-stream/checker-report.ts'
export type { TransportStreamMakerOptions } from './transport-stream/maker-options.ts'
export {
  createTransportStreamChecker,
  type TransportStreamChecker,
  type TransportStreamCheckerOptions,
} from './transport-stream/transport-stream-checker.ts'
export {
  createTransportStreamMaker,
  type MadeChunk,
  type TransportStreamMaker,
} from './transport-stream/transport-stream-maker.ts'
