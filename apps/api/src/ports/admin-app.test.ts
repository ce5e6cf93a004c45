import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import { nullLogger } from '@kptv/logging'
import { createListAcceptor } from '../status/accept-list.ts'
import { createAdminApp } from './admin-app.ts'

let server: Server | undefined
afterEach(() => void server?.close())

async function start(lists: Parameters<typeof createListAcceptor>[0]['lists']) {
  let builds = 0
  const { sources } = parseSources('http://tv.example/')
  const queues = {
    requestBuild: async () => {
      builds += 1
    },
  }
  const app = createAdminApp({
    metrics: { text: async () => '', contentType: 'text/plain' },
    status: async () => ({}),
    refresh: async () => {},
    accept: createListAcceptor({ sources: () => sources, lists, queues }),
    logger: nullLogger,
  })
  server = createServer(app)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (id: string) => {
    const response = await fetch(`${base}/sources/${id}/accept`, { method: 'POST' })
    const { status, error } = (await response.json()) as { status?: string; error?: string }
    return `${response.status} ${status ?? error}`
  }
  return { base, post, id: sources[0]!.id, builds: () => builds }
}

describe('what changes something is not done for a page of somebody else', () => {
  // fetch() sets these fields itself, as browsers do.
  const postWith = async (url: string, headers: Record<string, string>): Promise<number | undefined> => {
    const outgoing = request(url, { method: 'POST', headers }).end()
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  test.each([
    ['curl', {}, true],
    ['our own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://HOST' }, true],
    ['an address that was typed', { 'Sec-Fetch-Site': 'none' }, true],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' }, false],
    ['another port of this host', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:1' }, false],
    ['an old browser, our own page', { Origin: 'http://HOST' }, true],
    ['an old browser, another site', { Origin: 'http://evil.example' }, false],
    ['an old browser, a page without an origin', { Origin: 'null' }, false],
  ])('%s', async (_, fields: Record<string, string>, isDone) => {
    const { base, id, builds } = await start({ accept: async () => 'accepted' })
    const host = new URL(base).host
    const headers = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value.replace('HOST', host)]),
    )
    expect(await postWith(`${base}/refresh`, headers)).toBe(isDone ? 202 : 403)
    expect(await postWith(`${base}/sources/${id}/accept`, headers)).toBe(isDone ? 200 : 403)
    expect(builds()).toBe(isDone ? 1 : 0)
  })
})

test('a list that was put aside is accepted, and a catalogue is built from it', async () => {
  const { post, id, builds } = await start({ accept: async () => 'accepted' })
  expect(await post(id)).toBe('200 accepted')
  expect(builds()).toBe(1)
  expect(await post('nobody')).toBe('404 unknown-source')
  expect(builds()).toBe(1)
})

test.each([
  ['nothing is put aside', async () => 'nothing-put-aside' as const, '409 nothing-put-aside'],
  ['Redis is away', () => Promise.reject(new Error('away')), '503 coordination-unavailable'],
])('%s: nothing is built', async (_, accept, expected) => {
  const { post, id, builds } = await start({ accept })
  expect(await post(id)).toBe(expected)
  expect(builds()).toBe(0)
})
