import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { startTwoSources, type TwoSources } from './support/start-two-sources.ts'
import { leaveAll, watch } from './support/watch.ts'

let setUp: TwoSources

beforeAll(async () => {
  setUp = await startTwoSources({
    first: { accounts: [{ user: 'user', password: 'pass', limit: 2 }] },
    limit: 2,
    settings: { ENABLE_RESTREAMING: 'false' },
  })
}, 240_000)

afterEach(leaveAll)

afterAll(() => setUp?.[Symbol.asyncDispose](), 120_000)

test('without restreaming each viewer has its own connection, slot and failover', async () => {
  const { first, second, cluster, stream } = setUp
  const viewers = [await watch(stream), await watch(stream), await watch(stream)]
  await eventually('all three play', () => viewers.every((viewer) => viewer.report().keyFrames >= 2))
  expect([first.truth().openStreams, second.truth().openStreams]).toEqual([2, 1])
  expect(await cluster.slotCount()).toBe(3)
  const fourth = await fetch(stream)
  expect(fourth.status).toBe(503)
  expect(await fourth.json()).toMatchObject({ error: 'sources-full' })

  viewers[2]!.close()
  await eventually('the slot of source 2 is free', async () => (await cluster.slotCount()) === 2)
  first.setFaults({ refuseConnections: true })
  first.cut('destroy')
  await eventually('one of the two goes on from source 2', () =>
    viewers.slice(0, 2).some((viewer) => viewer.report().sequence.switches.length === 1),
  )
  for (const viewer of viewers) viewer.close()
  await eventually('no slot is left', async () => (await cluster.slotCount()) === 0, { deadlineMs: 30_000 })
  expect([...first.truth().violations, ...second.truth().violations]).toEqual([])
}, 240_000)
