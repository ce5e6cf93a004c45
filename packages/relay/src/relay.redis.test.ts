import { describeRelay } from '../test-support/relay-conformance.ts'
import { startMemoryFixture, startRedisFixture } from '../test-support/relay-fixture.ts'

describeRelay('memory relay', async () => startMemoryFixture())
describeRelay('Redis relay', () => startRedisFixture())
