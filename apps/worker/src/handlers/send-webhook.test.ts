import { expect, test } from '@jest/globals'
import type { ClusterEvent } from '@kptv/contract'
import { createSendWebhook } from './send-webhook.ts'

const EVENT: ClusterEvent = { id: '7-0', at: 1_000_000, node: 'edge-1', facts: { type: 'node-gone' } }
const { signal } = new AbortController()

function create(state: { readonly nowMs: number; readonly quietMs: number }) {
  const requested: Array<{ readonly id: string; readonly delayMs: number }> = []
  const reported: unknown[] = []
  const handler = createSendWebhook({
    // Nothing listens there: a message that is sent fails.
    webhooks: [{ id: '1-x', format: 'json', url: 'http://127.0.0.1:9/' }],
    language: 'en',
    jobs: { requestWebhook: async (_, { id, delayMs }) => void requested.push({ id, delayMs }) },
    quietForMs: () => state.quietMs,
    report: (facts, { once }) => void reported.push([facts, once]),
    nowMs: () => state.nowMs,
  })
  const send = (webhookId = '1-x', event = JSON.stringify(EVENT)) => handler.handle({ webhookId, event }, { signal })
  return { send, requested, reported }
}

test('another attempt that falls into quiet hours waits for their end', async () => {
  const { send, requested } = create({ nowMs: 1_000_001, quietMs: 5_000 })
  await send()
  expect(requested).toEqual([{ id: '1-x-7-0-1000001', delayMs: 5_000 }])
})

test('events a day old are not sent any more, younger ones are', async () => {
  await create({ nowMs: EVENT.at + 86_400_001, quietMs: 0 }).send()
  await expect(create({ nowMs: EVENT.at + 1, quietMs: 0 }).send()).rejects.toThrow(/cannot be reached/)
})

test('nothing that cannot be sent is retried', async () => {
  const { send } = create({ nowMs: 1_000_001, quietMs: 0 })
  for (const sent of [send('2-former'), send('1-x', 'no JSON'), send('1-x', '{"type":"moon-landing"}')])
    await expect(sent).rejects.toMatchObject({ name: 'UnrecoverableError' })
})

test('a failing receiver is reported once an hour', async () => {
  const { send, reported } = create({ nowMs: 7_200_001, quietMs: 0 })
  const event = JSON.stringify({ ...EVENT, at: 7_200_000 })
  await expect(send('1-x', event)).rejects.toThrow(/cannot be reached/)
  const facts = { type: 'webhook-failed', webhook: '1-x', code: expect.any(String), isFinal: false }
  expect(reported).toEqual([[facts, 'webhook 1-x failed 2']])
})
