import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { type ClusterEvent, eventList } from '@kptv/contract'
import express from 'express'
import { logRoute } from './log-route.ts'

let server: Server | undefined
afterEach(() => void server?.close())

const EVENTS: readonly ClusterEvent[] = [
  { id: '3-0', at: 3, node: 'edge-1', facts: { type: 'node-drains' } },
  {
    id: '2-0',
    at: 2,
    node: 'edge-2',
    facts: {
      type: 'stream-changed',
      channel: 'news',
      channelName: 'News',
      source: 'b',
      sourceName: 'B',
      fromSource: 'a',
      fromSourceName: 'A',
      stream: 's',
      afterMs: 10,
    },
  },
]

async function ask(newest: () => Promise<readonly ClusterEvent[]>, query: string): Promise<Response> {
  server = createServer(express().get('/admin/log', logRoute({ newest })))
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/log${query}`)
}

test.each([
  ['', ['3-0', '2-0']],
  ['?node=edge-1', ['3-0']],
  ['?node=edge-1&node=edge-2', ['3-0', '2-0']],
  ['?channel=news', ['2-0']],
  ['?source=a', ['2-0']],
  ['?source=b&node=edge-2', ['2-0']],
  ['?source=b&node=edge-1', []],
  ['?type=node-drains', ['3-0']],
  ['?type=node-drains&type=stream-changed', ['3-0', '2-0']],
  ['?type=stream-changed&node=edge-1', []],
])('/admin/log%s lists the matching events, newest first', async (query, ids) => {
  const { events } = eventList.parse(await (await ask(async () => EVENTS, query)).json())
  expect(events.map(({ id }) => id)).toEqual(ids)
})

test('says so while Redis is away', async () => {
  const answer = await ask(() => Promise.reject(new Error('away')), '')
  expect([answer.status, await answer.json()]).toMatchObject([503, { error: 'coordination-unavailable' }])
})
