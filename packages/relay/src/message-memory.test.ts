import { expect, test } from '@jest/globals'
import { createRandom } from '@kptv/testkit'
import { type MemoryBlock, MessageMemory } from './message-memory.ts'

test('no message changes while it is held, however its neighbours come and go', () => {
  const { below: random } = createRandom(11)
  const free: MemoryBlock[] = []
  const memories = [new MessageMemory(free), new MessageMemory(free)]
  const held: Array<{ readonly lease: ReturnType<MessageMemory['take']>; readonly copy: Buffer; holds: number }> = []
  for (let count = 0; count < 3_000; count++) {
    const lease = memories[random(2)]!.take(1 + random(count % 100 === 0 ? 400_000 : 70_000))
    lease.bytes.fill(count)
    held.push({ lease, copy: Buffer.from(lease.bytes), holds: 1 + random(2) })
    if (held.at(-1)!.holds === 2) lease.hold()
    while (held.length > 40) {
      const index = random(10)
      const message = held[index]!
      if (!message.lease.bytes.equals(message.copy)) throw new Error(`message ${count} has changed`)
      message.lease.release()
      if (--message.holds === 0) held.splice(index, 1)
    }
  }
  expect(free.length).toBeGreaterThan(0)
})

test('messages that come and go use the same memory again, for all publishers', () => {
  const free: MemoryBlock[] = []
  const memories = [new MessageMemory(free), new MessageMemory(free)]
  const used = new Set<unknown>()
  const window: Array<ReturnType<MessageMemory['take']>> = []
  for (let count = 0; count < 2_000; count++) {
    const lease = memories[count % 2]!.take(60_000)
    used.add(lease.bytes.buffer)
    window.push(lease)
    if (window.length > 20) window.shift()!.release()
  }
  expect(used.size).toBeLessThan(10)
})
