import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { parseSources, type Source } from '@kptv/config'
import { nullLogger } from '@kptv/logging'
import { scheduleImports } from './schedule-imports.ts'

type Options = Parameters<typeof scheduleImports>[0]

const sourcesOf = (...hosts: string[]) =>
  parseSources(hosts.map((host) => `http://${host}.example/|1`).join(',')).sources

/** Schedules as Redis keeps them, for all workers. */
function startWorker(schedules: Set<string>, given: () => readonly Source[]) {
  const [errors, forgotten]: [string[][], string[]] = [[], []]
  const jobs = {
    scheduleImport: async ({ sourceId }: { readonly sourceId: string }) => void schedules.add(sourceId),
    scheduledSources: async () => [...schedules],
    unscheduleImport: async (id: string) => void schedules.delete(id),
    requestRefresh: async () => {},
    requestBuild: async () => {},
  } as unknown as Options['jobs']
  const lists = {
    goodList: async () => undefined,
    state: async () => ({ state: 'waiting' }),
    forget: async (id: string) => void forgotten.push(id),
  } as unknown as Options['lists']
  const logger = { ...nullLogger, error: ({ sources }: { readonly sources: string[] }) => void errors.push(sources) }
  const connection = { on() {}, off() {} } as unknown as Options['connection']
  const schedule = scheduleImports({
    sources: given,
    jobs,
    lists,
    everyMs: 60_000,
    connection,
    logger: logger as unknown as Options['logger'],
  })
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) await nextTurn()
  }
  return {
    errors,
    forgotten,
    settle,
    look: async () => {
      schedule.look()
      await settle()
    },
    [Symbol.asyncDispose]: () => schedule[Symbol.asyncDispose](),
  }
}

test('a source removed from the settings is forgotten, without a warning when it returns', async () => {
  const schedules = new Set<string>()
  let sources = sourcesOf('one', 'two')
  await using worker = startWorker(schedules, () => sources)
  await worker.settle()
  const two = sources[1]!.id
  for (const hosts of [['one'], ['one', 'two'], ['one']]) {
    sources = sourcesOf(...hosts)
    await worker.look()
  }
  expect(worker.forgotten).toEqual([two, two])
  expect(worker.errors).toEqual([])
})

test('of two workers with different sources, the one with fewer logs it', async () => {
  const schedules = new Set<string>()
  const [both, one] = [sourcesOf('one', 'two'), sourcesOf('one')]
  await using first = startWorker(schedules, () => both)
  await first.settle()
  await using second = startWorker(schedules, () => one)
  await second.settle()
  expect(second.errors).toEqual([])
  await first.look()
  await second.look()
  expect(second.errors).toEqual([[both[1]!.id]])
  expect(first.errors).toEqual([])
})
