import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { type ChannelGuides, channelGuides } from '@kptv/contract'
import express from 'express'
import { guideMatchesRoute } from './guide-matches-route.ts'

const known = (number: number): ChannelGuides => ({
  channelId: String(number),
  name: `Channel ${number}`,
  guides: [{ guide: 'Free', guideChannelId: `${number}.uk`, by: 'tvg-id' }],
})
const unknown = (number: number): ChannelGuides => ({ ...known(number), guides: [] })

async function get(matches: () => AsyncIterable<ChannelGuides>, query = ''): Promise<Response> {
  const server = express().get('/', guideMatchesRoute(matches)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${query}`)
    const body = await response.arrayBuffer()
    return new Response(body, response)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function channelsOf(response: Response): Promise<ChannelGuides[]> {
  const lines = (await response.text()).split('\n').filter(Boolean)
  return lines.map((line) => channelGuides.parse(JSON.parse(line)))
}

async function* several() {
  for (let number = 0; number < 5_000; number += 1) yield number % 100 === 0 ? unknown(number) : known(number)
}

test('every channel has its line, however many there are', async () => {
  const response = await get(several)
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  expect(await channelsOf(response)).toEqual(await Array.fromAsync(several()))
})

test('lists channels without a guide on request', async () => {
  const found = await channelsOf(await get(several, '?missing=true'))
  expect(found.map(({ channelId }) => Number(channelId) % 100)).toEqual(new Array(50).fill(0))
})

test('without Redis the answer is 503; an answer that cannot be completed is cut off', async () => {
  const answer = await get(async function* () {
    yield* []
    throw new Error('Redis is away')
  })
  expect([answer.status, ((await answer.json()) as { readonly error: string }).error]).toEqual([
    503,
    'coordination-unavailable',
  ])
  const cut = get(async function* () {
    yield* several()
    throw new Error('Redis is away')
  })
  await expect(cut).rejects.toThrow()
})

test('is empty before the first catalogue', async () => {
  expect(await channelsOf(await get(async function* () {}))).toEqual([])
})
