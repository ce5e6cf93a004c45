import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { NodeReply } from '@kptv/contract'
import { nullLogger } from '@kptv/logging'
import { connectRedis, createKeys } from '@kptv/redis'
import { type RedisForTests, startRedisForTests } from '@kptv/testkit'
import { NodeCalls } from './node-calls.ts'

let server: RedisForTests
const leaving = new AsyncDisposableStack()
const keys = createKeys('kptv:node-calls:')
const QUESTION = { ask: 'describe', channel: 'news' } as const

beforeAll(async () => {
  server = await startRedisForTests()
}, 60_000)

afterAll(async () => {
  await leaving.disposeAsync()
  await server?.stop()
})

async function startNode(node: string, present: readonly string[], outcome: NodeReply['outcome'], patienceMs?: number) {
  const redis = await connectRedis({ url: server.url, role: 'commands', logger: nullLogger, name: node })
  const subscriber = await connectRedis({ url: server.url, role: 'subscriber', logger: nullLogger, name: node })
  for (const connection of [redis, subscriber]) leaving.defer(() => connection.disconnect())
  const calls = new NodeCalls({
    redis,
    subscriber,
    keys,
    self: () => ({ incarnation: `of-${node}`, node }),
    present: async () => present,
    reply: () => ({ outcome }),
    ...(patienceMs !== undefined && { patienceMs }),
  })
  await calls.start()
  return { calls, redis }
}

test('every node answers, including the caller, and only the caller hears the answers', async () => {
  const present = ['of-edge-1', 'of-edge-2']
  const { calls: first } = await startNode('edge-1', present, 'not-here')
  const { calls: second, redis } = await startNode('edge-2', present, 'done')
  for (const node of [first, second]) {
    const { answers, isComplete } = await node.ask(QUESTION)
    expect(isComplete).toBe(true)
    expect(answers.map(({ node: name, reply }) => `${name} ${reply.outcome}`).toSorted()).toEqual([
      'edge-1 not-here',
      'edge-2 done',
    ])
  }
  // What is not a question is not answered, and harms nobody.
  await redis.publish(keys.nodeQuestions, 'neither JSON')
  await redis.publish(keys.nodeQuestions, '{"id":"x","from":"y","question":{"ask":"for-the-moon"}}')
  expect((await first.ask(QUESTION, ({ reply }) => reply.outcome === 'done')).answers.length).toBeGreaterThan(0)
})

test('stops waiting for a node that does not answer', async () => {
  const { calls } = await startNode('edge-3', ['of-edge-3', 'of-frozen'], 'done', 200)
  const { answers, isComplete } = await calls.ask(QUESTION)
  expect(isComplete).toBe(false)
  expect(answers.map(({ node }) => node)).toContain('edge-3')
})
