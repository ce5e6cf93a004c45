import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { guideAnswer, guideNowAnswer } from '@kptv/contract'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createProgrammeReader } from '../outputs/guide/read-programmes.ts'

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
      const startMs = Date.now()
      yield* ids.map(() => [{ startMs, stopMs: startMs + 60_000, body: '<title>News</title>' }])
    },
  })
  port = await startPublicPort({ programmes })
})

afterAll(async () => port[Symbol.asyncDispose]())

test('programmes of channels are JSON as the contract says, for pages of any origin', async () => {
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

test('without Redis the answer is 503, and comes back', async () => {
  isAway = true
  expect((await fetch(`${port.base}/api/guide/now?channels=${ID}`)).status).toBe(503)
  isAway = false
  expect((await fetch(`${port.base}/api/guide/now?channels=${ID}`)).status).toBe(200)
})
