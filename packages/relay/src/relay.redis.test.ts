import { startMemoryBench, startRedisBench } from '../test-support/relay-bench.ts'
import { describeRelay } from '../test-support/relay-conformance.ts'

describeRelay('memory relay', async () => startMemoryBench())
describeRelay('Redis relay', () => startRedisBench())
