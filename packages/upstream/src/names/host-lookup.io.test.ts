import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createHostLookup, type HostLookup } from './host-lookup.ts'
import { fullNames, parseHosts, parseSearchList } from './name-files.ts'
import { createNameSystem, type NameSystem } from './name-system.ts'

const four = (address: string) => ({ address, family: 4 })
const missing = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code })

/** A system whose answers the test sets, and its queries. */
function systemOf(answers: Readonly<Record<string, string | Error | Promise<never>>>) {
  const asked: string[] = []
  const system: NameSystem = {
    read: async (name) => ({ hosts: undefined, candidates: [name] }),
    async query(name, family) {
      asked.push(`${name}/${family}`)
      const answer = await (answers[`${name}/${family}`] ?? missing('ENOTFOUND'))
      if (answer instanceof Error) throw answer
      return { addresses: [{ address: answer, family }], isMissing: false }
    },
  }
  return { system, asked }
}

const NEVER = new Promise<never>(() => {})

test('a name is looked up once for all callers at once or soon after', async () => {
  let nowMs = 0
  const { system, asked } = systemOf({ 'a.test/4': '192.0.2.1' })
  const find = createHostLookup({ system, monotonicMs: () => nowMs })
  await Promise.all(Array.from({ length: 50 }, () => find('a.test')))
  expect(await find('A.TEST')).toEqual([four('192.0.2.1')])
  expect(asked).toEqual(['a.test/4', 'a.test/6'])
  nowMs = 31_000
  await find('a.test')
  expect(asked.length).toBe(4)
})

test('a server that never answers delays its own name for a bounded time, and others not at all', async () => {
  const { system } = systemOf({ 'dead.test/4': NEVER, 'dead.test/6': NEVER, 'good.test/4': '192.0.2.1' })
  const find = createHostLookup({ system, lookupMs: 50 })
  const dead = Promise.allSettled(Array.from({ length: 100 }, () => find('dead.test')))
  expect(await find('good.test')).toEqual([four('192.0.2.1')])
  expect((await dead).map((one) => one.status === 'rejected' && one.reason.code)).toEqual(
    Array.from({ length: 100 }, () => 'EAI_AGAIN'),
  )
})

test.each([
  ['both families', { 'x/4': '192.0.2.1', 'x/6': '2001:db8::1' }, ['192.0.2.1', '2001:db8::1']],
  ['one family while the other is not answered', { 'x/4': '192.0.2.1', 'x/6': NEVER }, ['192.0.2.1']],
  ['the other family alone', { 'x/6': '2001:db8::1' }, ['2001:db8::1']],
])('%s', async (_name, answers, addresses) => {
  const found = await createHostLookup({ system: systemOf(answers).system })('x')
  expect(found.map(({ address }) => address)).toEqual(addresses)
})

test.each([
  ['no such name', {}, 'ENOTFOUND'],
  ['a name without addresses', { 'x/4': missing('ENODATA'), 'x/6': missing('ENODATA') }, 'ENOTFOUND'],
  ['a server that fails', { 'x/4': missing('ESERVFAIL') }, 'EAI_AGAIN'],
  ['a server that is not there', { 'x/4': missing('ECONNREFUSED'), 'x/6': missing('ECONNREFUSED') }, 'EAI_AGAIN'],
])('%s: %j', async (_name, answers, code) => {
  await expect(createHostLookup({ system: systemOf(answers).system })('x')).rejects.toMatchObject({ code })
})

describe('on this machine', () => {
  async function withFiles(hosts: string, resolv: string, use: (find: HostLookup, folder: string) => Promise<void>) {
    const folder = await mkdtemp(join(tmpdir(), 'kptv-names-'))
    const [hostsPath, resolvPath] = [join(folder, 'hosts'), join(folder, 'resolv.conf')]
    try {
      await Promise.all([writeFile(hostsPath, hosts), writeFile(resolvPath, resolv)])
      await use(createHostLookup({ system: createNameSystem({ hostsPath, resolvPath }) }), folder)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('/etc/hosts takes precedence over name servers', () =>
    withFiles('192.0.2.7 good.test other # gone.test\n::1 six.test\n', '', async (find) => {
      expect(await find('good.test')).toEqual([four('192.0.2.7')])
      expect(await find('OTHER')).toEqual([four('192.0.2.7')])
      expect(await find('six.test')).toEqual([{ address: '::1', family: 6 }])
      expect((await find('localhost'))[0]).toEqual(four('127.0.0.1'))
      expect(await find('192.0.2.9')).toEqual([four('192.0.2.9')])
    }))

  test('no thread waits for a silent name server: a system lookup goes through at once', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    try {
      const find = createHostLookup({
        lookupMs: 2_000,
        system: {
          read: async (name) => ({ hosts: undefined, candidates: [name] }),
          query: async (name) => {
            const { Resolver } = await import('node:dns/promises')
            const resolver = new Resolver({ timeout: 500, tries: 1 })
            resolver.setServers([`127.0.0.1:${silent.address().port}`])
            return { addresses: (await resolver.resolve4(name)).map(four), isMissing: false }
          },
        },
      })
      const dead = Promise.allSettled(Array.from({ length: 20 }, (_, number) => find(`dead${number}.test`)))
      // By one of libuv's four threads.
      expect((await lookup('localhost')).address).toBeDefined()
      const isDecided = await Promise.race([dead.then(() => true), Promise.resolve(false)])
      expect(isDecided).toBe(false)
      expect((await dead).every(({ status }) => status === 'rejected')).toBe(true)
    } finally {
      silent.close()
    }
  })
})

test('short names are completed according to resolv.conf', () => {
  const search = parseSearchList('nameserver 1.1.1.1\nsearch a.example b.example # c\noptions edns0 ndots:2\n')
  expect(search).toEqual({ domains: ['a.example', 'b.example'], minDots: 2 })
  expect(fullNames('tv', search)).toEqual(['tv.a.example', 'tv.b.example', 'tv'])
  expect(fullNames('tv.x', search)).toEqual(['tv.x.a.example', 'tv.x.b.example', 'tv.x'])
  expect(fullNames('tv.x.y', search)).toEqual(['tv.x.y', 'tv.x.y.a.example', 'tv.x.y.b.example'])
  expect(fullNames('tv.', search)).toEqual(['tv'])
  expect(fullNames('tv.x', parseSearchList(''))).toEqual(['tv.x'])
  expect(parseHosts('nonsense\n1.2.3 x\n')).toEqual(new Map())
})
