import { expect, test } from '@jest/globals'
import { createBoundedQueue, QueueFullError } from './bounded-queue.ts'

/** Tasks that the test ends, and that count how many run at once. */
function tasks() {
  const ends: Array<() => void> = []
  const running = { now: 0, max: 0, started: 0 }
  const task = async (): Promise<number> => {
    running.now += 1
    running.started += 1
    running.max = Math.max(running.max, running.now)
    await new Promise<void>((resolve) => ends.push(resolve))
    running.now -= 1
    return running.started
  }
  /** Ends one task after the other until none waits. */
  const endAll = async (waiting: Promise<unknown>): Promise<void> => {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    waiting.then(settle, settle)
    while (!isSettled) {
      ends.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { task, running, endAll }
}

test('runs a limited number at once, and waiting tasks in turn', async () => {
  const { task, running, endAll } = tasks()
  const queue = createBoundedQueue({ concurrency: 2, maxPending: 5 })
  const all = Promise.all(Array.from({ length: 5 }, () => queue.run(task)))
  await endAll(all)
  expect((await all).length).toBe(5)
  expect(running.max).toBe(2)
})

test('refuses a flood of 1,500 at once except the waiting ones, and has room again later', async () => {
  const { task, running, endAll } = tasks()
  const queue = createBoundedQueue({ concurrency: 2, maxPending: 16 })
  const flood = Array.from({ length: 1_500 }, () => queue.run(task))
  const settled = Promise.allSettled(flood)
  await endAll(settled)
  const refused = (await settled).filter((one) => one.status === 'rejected')
  expect(refused).toHaveLength(1_484)
  expect(refused.every((one) => one.reason instanceof QueueFullError)).toBe(true)
  expect(running.started).toBe(16)
  const later = queue.run(task)
  await endAll(later)
  await expect(later).resolves.toBe(17)
})

test('a client that leaves frees its place at once, and its task never runs', async () => {
  const { task, running, endAll } = tasks()
  const queue = createBoundedQueue({ concurrency: 1, maxPending: 2 })
  const first = queue.run(task)
  const leaving = new AbortController()
  const left = queue.run(task, leaving.signal)
  await expect(queue.run(task)).rejects.toThrow(QueueFullError)
  leaving.abort()
  await expect(left).rejects.toThrow()
  const third = queue.run(task)
  await endAll(Promise.all([first, third]))
  expect(running.started).toBe(2)
})

test('a task that fails frees its place', async () => {
  const queue = createBoundedQueue({ concurrency: 1, maxPending: 1 })
  await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(queue.run(async () => 1)).resolves.toBe(1)
})
