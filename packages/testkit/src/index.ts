export { eventually, eventuallyPasses } from './eventually.ts'
export { createManualClock, type ManualClock } from './manual-clock.ts'
export { type ChaosProxy, startChaosProxy } from './network/chaos-proxy.ts'
export { openViewer, openViewers, type Viewer } from './network/viewer-swarm.ts'
export { findFreePort, isPortOpen } from './process/free-port.ts'
export { type StartedProcess, startProcess } from './process/start-process.ts'
export { type FakeProvider, startFakeProvider } from './provider/fake-provider.ts'
export { type FakeProviderProcess, startFakeProviderProcess } from './provider/fake-provider-process.ts'
export { steerFakeProvider } from './provider/provider-control.ts'
export type { FakeProviderOptions } from './provider/provider-options.ts'
export type { RedisForTests } from './redis/redis-for-tests.ts'
export { sendRedisCommand } from './redis/redis-wire.ts'
export { type RedisForTestsOptions, startRedisForTests } from './redis/start-redis-for-tests.ts'
export type { CheckerReport } from './transport-stream/checker-report.ts'
export {
  createTransportStreamChecker,
  type TransportStreamChecker,
} from './transport-stream/transport-stream-checker.ts'
export { createTransportStreamMaker, type TransportStreamMaker } from './transport-stream/transport-stream-maker.ts'
