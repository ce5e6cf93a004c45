import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { guideAnswer, guideNowAnswer } from '@kptv/contract'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createProgrammeReader } from '../outputs/guide/read-programmes.ts'
import { type Caller, EVERYONE } from '../users/caller.ts'

const ID = '0123456789abcdef'
let port: PublicPort
let isAway = false

beforeAll(async () => {
  const programmes = createProgrammeReader({
    async current() {
      if (isAway) throw new Error('Redis is away')
      return 1
    },
    async *programmes(_number, ids) {
      const startMs = Date.now() - 600_000
      yield* ids.map(() => [{ startMs, stopMs: startMs + 86_400_000, body: '<title>News</title>' }])
    },
  })
  port = await startPublicPort({ programmes })
})

afterAll(async () => port[Symbol.asyncDispose]())

test('programmes are JSON as the contract says, for pages of any origin', async () => {
  const response = await fetch(`${port.base}/api/guide?channels=${ID}`)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(guideAnswer.parse(await response.json()).channels[0]?.programmes[0]?.title).toBe('News')
  const now = await fetch(`${port.base}/api/guide/now?channels=${ID}`)
  expect(guideNowAnswer.parse(await now.json()).channels[0]).toMatchObject({ id: ID, now: { title: 'News' } })
})

test.each([
  '/api/guide',
  '/api/guide?channels=news',
  `/api/guide?channels=${ID}&from=today`,
  `/api/guide?channels=${ID}&channels=${ID}`,
  '/api/guide/now?channels=',
])('%s is a bad request', async (path) => {
  expect((await fetch(port.base + path)).status).toBe(400)
})

test('without Redis the answer is 503, then recovers', async () => {
  isAway = true
  expect((await fetch(`${port.base}/api/guide/now?channels=${ID}`)).status).toBe(503)
  isAway = false
  expect((await fetch(`${port.base}/api/guide/now?channels=${ID}`)).status).toBe(200)
})

test('a user gets only the programmes of its own channels, and no shared cache keeps them', async () => {
  const channel = (id: string) => ({ id, name: id, attributes: [], streams: [] })
  const sight = { key: 'a', includes: ({ name }: { readonly name: string }) => name === ID }
  const user = { ...EVERYONE, user: { name: 'u' } as Caller['user'], sight }
  const catalog = {
    currentGeneration: async () => 1,
    channel: async (id: string) => channel(id),
    async *channelsInOrder() {},
  }
  const programmes = createProgrammeReader({ current: async () => undefined, async *programmes() {} })
  await using own = await startPublicPort({
    access: {
      isOpen: () => false,
      isToken: () => false,
      admit: async () => user,
      logIn: async () => ({ refused: 'wrong-login' }),
    },
    catalog,
    programmes,
  })
  for (const path of ['/api/guide', '/api/guide/now']) {
    const response = await fetch(`${own.base}${path}?channels=${'f'.repeat(16)},${ID}`)
    expect(response.headers.get('cache-control')).toBe('private, max-age=30')
    const { channels } = (await response.json()) as { readonly channels: ReadonlyArray<{ readonly id: string }> }
    expect(channels.map(({ id }) => id)).toEqual([ID])
  }
  expect((await fetch(`${own.base}/logo/${ID}`)).status).toBe(200)
  expect((await fetch(`${own.base}/logo/${'f'.repeat(16)}`)).status).toBe(404)
})
