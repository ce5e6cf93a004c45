import { expect, test } from '@jest/globals'
import { EdgeLink } from './edge-link.ts'

type Events = { readonly heard: () => void; readonly broken: (isOver: boolean) => void; isClosed: boolean }

function createPage() {
  const opened: Events[] = []
  const page = { nowMs: 0, polls: 0, isAnswered: true, state: 'connecting' }
  const link = new EdgeLink({
    openEvents(on) {
      const events: Events = { ...on, isClosed: false }
      opened.push(events)
      return {
        close() {
          events.isClosed = true
        },
      }
    },
    async poll() {
      page.polls += 1
      if (!page.isAnswered) throw new Error('no answer')
    },
    onState(state) {
      page.state = state
    },
    nowMs: () => page.nowMs,
  })
  const newest = (): Events => opened.at(-1)!
  /** Each second, `hear` may let events come. */
  async function pass(seconds: number, hear: () => void = () => undefined): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      hear()
      link.tick()
      await Promise.resolve()
      await Promise.resolve()
      page.nowMs += 1_000
    }
  }
  return { page, link, opened, newest, pass }
}

test('an edge that sends something now and then is live, and is never polled', async () => {
  const { page, opened, newest, pass } = createPage()
  await pass(1)
  await pass(120, () => page.nowMs % 5_000 === 0 && newest().heard())
  expect([page.state, page.polls, opened.length]).toEqual(['live', 0, 1])
})

test('behind a proxy that holds events back, the page polls, and retries events once a minute', async () => {
  const { page, opened, newest, pass } = createPage()
  await pass(1)
  newest().heard()
  await pass(14)
  expect([newest().isClosed, page.state, page.polls]).toEqual([true, 'polling', 1])
  await pass(20)
  expect([opened.length, page.polls]).toEqual([1, 5])
  await pass(45)
  expect(opened.length).toBe(2)
  newest().heard()
  expect(page.state).toBe('live')
})

test('refused events, as by a proxy without its edge, are retried', async () => {
  const { page, opened, newest, pass } = createPage()
  await pass(1)
  newest().broken(true)
  expect(page.state).toBe('lost')
  await pass(4)
  expect(opened.length).toBe(2)
  newest().heard()
  expect(page.state).toBe('live')
})

test('a silently dead connection is noticed, and is live again as soon as the edge answers', async () => {
  const { page, opened, newest, pass } = createPage()
  await pass(1)
  newest().heard()
  page.isAnswered = false
  await pass(20)
  expect(page.state).toBe('lost')
  page.isAnswered = true
  await pass(7)
  newest().heard()
  expect([page.state, opened.length]).toEqual(['live', 2])
})

test('the browser itself reconnects after a cut', async () => {
  const { page, opened, newest, pass } = createPage()
  await pass(1)
  newest().heard()
  newest().broken(false)
  expect([page.state, newest().isClosed]).toEqual(['lost', false])
  await pass(3)
  newest().heard()
  expect([page.state, opened.length]).toEqual(['live', 1])
})
