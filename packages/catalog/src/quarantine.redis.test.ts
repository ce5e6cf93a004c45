import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { exampleEntries, facts, readAll, source } from '../test-support/example-list.ts'
import { startFixture } from '../test-support/redis-fixture.ts'
import { createSourceLists } from './source-lists.ts'

// Starts processes and servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const createLists = () => createSourceLists({ redis: fixture.redis, keys: fixture.keys })

const doubt = { reason: 'shrunk', message: 'too few' }

async function putAside(count: number) {
  const staged = await createLists().stage(source)
  await staged.write(exampleEntries(count, 'Doubtful'))
  await staged.putAside({ ...facts, entries: count }, doubt)
  return staged
}
async function publish(count: number) {
  const staged = await createLists().stage(source)
  await staged.write(exampleEntries(count))
  await staged.publish({ ...facts, entries: count, groups: [['All', count]], torn: true, filtered: 2 })
  return staged
}
const isThere = ({ version }: { readonly version: number }) =>
  fixture.redis.exists(fixture.keys.sourceList(source, version))

test('a doubtful list changes nothing, and is shown', async () => {
  const good = await publish(9)
  const aside = await putAside(3)
  const state = await createLists().goodList(source)
  expect(state).toMatchObject({
    goodVersion: good.version,
    entries: 9,
    groups: [['All', 9]],
    torn: true,
    filtered: 2,
  })
  const { fetchedAt } = facts
  expect(state?.quarantine).toEqual({ version: aside.version, ...doubt, entries: 3, fetchedAt })
  expect(await fixture.redis.pttl(fixture.keys.sourceList(source, aside.version))).toBeGreaterThan(3_600_000)
})

test('a doubtful list becomes the good one when it is accepted, and ends the alarm', async () => {
  await publish(9)
  const aside = await putAside(3)
  const lists = createLists()
  await lists.raiseAlarm(source, { code: 'shrunk', message: 'too few', since: facts.fetchedAt })
  expect((await lists.state(source)).alarm).toEqual({ code: 'shrunk', message: 'too few', since: facts.fetchedAt })
  expect(await lists.accept(source)).toBe('accepted')
  const state = await lists.goodList(source)
  expect(state).toMatchObject({ state: 'ok', goodVersion: aside.version, entries: 3 })
  expect(state).not.toHaveProperty('alarm')
  expect(state).not.toHaveProperty('quarantine')
  expect((await readAll(createLists(), aside.version)).map(({ name }) => name)).toContain('Doubtful 2')
  expect(await fixture.redis.pttl(fixture.keys.sourceList(source, aside.version))).toBe(-1)
  expect(await lists.accept(source)).toBe('nothing-put-aside')
})

test('a doubtful list gives way to a later one, to a good one, and to an unchanged good one', async () => {
  await publish(9)
  const first = await putAside(3)
  const second = await putAside(4)
  expect([await isThere(first), await isThere(second)]).toEqual([0, 1])
  await publish(10)
  expect(await isThere(second)).toBe(0)
  expect(await createLists().accept(source)).toBe('nothing-put-aside')
  const third = await putAside(4)
  await createLists().noteUnchanged(source, facts.fetchedAt)
  expect(await isThere(third)).toBe(0)
  expect((await createLists().goodList(source))?.entries).toBe(10)
})

test('a doubtful list cannot be accepted once it has expired', async () => {
  await publish(9)
  const gone = await putAside(3)
  await fixture.redis.unlink(fixture.keys.sourceList(source, gone.version))
  expect(await createLists().accept(source)).toBe('nothing-put-aside')
  expect((await createLists().goodList(source))?.entries).toBe(9)
  expect(await createLists().state(source)).not.toHaveProperty('quarantine')
})

test('a doubtful list leaves with its source', async () => {
  const aside = await putAside(3)
  await createLists().forget(source)
  expect(await isThere(aside)).toBe(0)
})
