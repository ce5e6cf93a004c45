import { describe, expect, test } from '@jest/globals'
import { createRandom } from '@kptv/testkit'
import type { MediaMessage } from './message-format.ts'
import { MessageOrder } from './message-order.ts'

/** A message whose only content is its number; `join`: a player can start at its packet 1 of 3. */
function message(sequence: number, kind: 'live' | 'join' | 'start' | 'none' = 'live'): MediaMessage {
  const packets = Buffer.alloc(kind === 'none' ? 0 : kind === 'start' ? 376 : 564, sequence)
  const joinPoints = kind === 'join' ? [188] : kind === 'start' ? [0] : []
  const isRepair = kind === 'start' || kind === 'none'
  const about = { kind: isRepair ? 'repair' : 'media', term: 1, sequence, isFlowing: true } as const
  return { ...about, isStart: kind === 'start', packets, joinPoints }
}

/** The output: `7` whole, `7+` from its join point on, `!` a break. */
function startOrder(start: 'joining' | 'beginning' = 'joining') {
  const out: string[] = []
  const order = new MessageOrder(
    start,
    (packets) => void out.push(packets.length === 564 ? `${packets[0]}` : `${packets[0]}+`),
    () => void out.push('!'),
  )
  return { order, out, text: () => out.join(' ') }
}

type Step = ['live' | 'join' | 'start' | 'none' | 'announce', number] | ['give-up']

const table: Array<{
  readonly title: string
  readonly steps: Step[]
  readonly out: string
  readonly missing: [number, number] | undefined
}> = [
  { title: 'asks for the backlog first', steps: [], out: '', missing: [0, Number.MAX_SAFE_INTEGER] },
  {
    title: 'holds back live messages until the backlog is there',
    steps: [
      ['live', 6],
      ['live', 7],
      ['start', 4],
      ['live', 5],
      ['live', 8],
    ],
    out: '4+ 5 6 7 8',
    missing: undefined,
  },
  {
    title: 'accepts a backlog that overlaps live messages',
    steps: [
      ['live', 4],
      ['join', 5],
      ['start', 4],
      ['join', 5],
      ['live', 6],
    ],
    out: '4+ 5 6',
    missing: undefined,
  },
  {
    title: 'notices a hole and holds back later messages',
    steps: [
      ['start', 1],
      ['live', 2],
      ['live', 5],
      ['live', 6],
    ],
    out: '1+ 2',
    missing: [3, 4],
  },
  {
    title: 'fills a hole in any order',
    steps: [
      ['start', 1],
      ['live', 4],
      ['live', 3],
      ['live', 2],
    ],
    out: '1+ 2 3 4',
    missing: undefined,
  },
  {
    title: 'drops repeats',
    steps: [
      ['start', 1],
      ['live', 2],
      ['live', 2],
      ['live', 1],
    ],
    out: '1+ 2',
    missing: undefined,
  },
  {
    title: 'learns of a lost tail from a tick',
    steps: [
      ['start', 1],
      ['announce', 3],
    ],
    out: '1+',
    missing: [2, 3],
  },
  {
    title: 'gives up a hole and goes on at the next join point',
    steps: [['start', 1], ['live', 3], ['join', 4], ['give-up'], ['live', 5]],
    out: '1+ ! 4+ 5',
    missing: undefined,
  },
  {
    title: 'after giving up without a join point in sight, ignores later holes until there is one',
    steps: [
      ['start', 1],
      ['live', 3],
      ['give-up'],
      ['live', 5],
      ['announce', 7],
      ['live', 8],
      ['join', 10],
      ['live', 12],
    ],
    out: '1+ ! 10+',
    missing: [11, 11],
  },
  {
    title: 'takes the start that arrives when the wanted message has left the window',
    steps: [
      ['start', 1],
      ['live', 9],
      ['start', 7],
      ['live', 8],
    ],
    out: '1+ ! 7+ 8 9',
    missing: undefined,
  },
  {
    title: 'goes on at the next join point when the message has left the window and there is no start',
    steps: [
      ['start', 1],
      ['live', 9],
      ['none', 8],
      ['join', 10],
    ],
    out: '1+ ! 10+',
    missing: undefined,
  },
  {
    title: 'starts without a break at the next join point when a new follower gets none',
    steps: [
      ['live', 3],
      ['none', 3],
      ['live', 4],
      ['join', 5],
    ],
    out: '5+',
    missing: undefined,
  },
  {
    title: 'a late second backlog does not cut the expected message short',
    steps: [
      ['start', 1],
      ['live', 2],
      ['start', 3],
      ['join', 3],
      ['live', 4],
    ],
    out: '1+ 2 3 4',
    missing: undefined,
  },
  {
    title: 'a late second backlog is not a repeat',
    steps: [
      ['start', 1],
      ['live', 2],
      ['start', 1],
    ],
    out: '1+ 2',
    missing: undefined,
  },
  {
    title: 'takes a start while seeking',
    steps: [['start', 1], ['live', 3], ['give-up'], ['start', 5]],
    out: '1+ ! 5+',
    missing: undefined,
  },
  {
    title: 'takes the live join point when a new follower gets no answer',
    steps: [['live', 3], ['join', 4], ['live', 6], ['give-up']],
    out: '4+',
    missing: [5, 5],
  },
]

test.each(table)('$title', ({ steps, out, missing }) => {
  const { order, text } = startOrder()
  for (const step of steps) {
    if (step[0] === 'give-up') order.giveUp()
    else if (step[0] === 'announce') order.announce(step[1])
    else order.receive(message(step[1], step[0]))
  }
  expect(text()).toBe(out)
  expect(order.missing()).toEqual(missing && { from: missing[0], to: missing[1] })
})

test('keeps its own copy of a message that it holds back', () => {
  const { order, text } = startOrder()
  for (const lent of [message(1, 'start'), message(3), message(4), message(2)]) {
    order.receive(lent)
    lent.packets.fill(0xff)
  }
  expect(text()).toBe('1+ 2 3 4')
})

describe('2,000 random histories', () => {
  const isJoin = (sequence: number) => sequence % 5 === 0

  test('come out ascending, each once, with a break before each gap and a join point after each break', () => {
    let breaks = 0
    for (let seed = 0; seed < 2_000; seed++) {
      const { below: random } = createRandom(seed)
      const { order, out } = startOrder()
      for (let live = 1; live < 60; live++) {
        if (random(4) > 0) order.receive(message(live, isJoin(live) ? 'join' : 'live'))
        if (random(8) === 0) order.announce(live)
        const missing = order.missing()
        // Repairs arrive late, in part, or never; the window of the publisher is 8 messages.
        if (missing !== undefined && random(3) > 0) answer(order, { ...missing, live, random })
        if (random(40) === 0) order.giveUp()
      }
      checkOutput(out, isJoin)
      breaks += out.filter((word) => word === '!').length
      expect(order.heldBytes).toBeGreaterThanOrEqual(0)
    }
    expect(breaks).toBeGreaterThan(500)
  })

  function answer(
    order: MessageOrder,
    {
      from,
      to,
      live,
      random,
    }: {
      readonly from: number
      readonly to: number
      readonly live: number
      readonly random: (limit: number) => number
    },
  ): void {
    if (from > live - 8 && from > 0) {
      for (let sequence = from; sequence <= Math.min(to, live); sequence++) {
        if (random(4) > 0) order.receive({ ...message(sequence, isJoin(sequence) ? 'join' : 'live'), kind: 'repair' })
      }
      return
    }
    const start = live - (live % 5)
    order.receive(start === 0 ? message(live, 'none') : message(start, 'start'))
  }
})

function checkOutput(out: readonly string[], isJoin: (sequence: number) => boolean): void {
  let last = 0
  let mayStart = true
  for (const word of out) {
    if (word === '!') {
      mayStart = true
      continue
    }
    const sequence = Number.parseInt(word, 10)
    const isFine = mayStart ? sequence > last && word.endsWith('+') && isJoin(sequence) : word === `${last + 1}`
    if (!isFine) throw new Error(`${word} after ${last}: ${out.join(' ')}`)
    last = sequence
    mayStart = false
  }
}

describe('a term that is wanted from its first message on', () => {
  test('waits for that message, even if others arrive before it', () => {
    const { order, text } = startOrder('beginning')
    order.announce(0)
    expect(order.missing()).toBeUndefined()
    order.receive(message(3))
    expect(order.missing()).toEqual({ from: 1, to: 2 })
    order.receive(message(2))
    order.receive({ ...message(1, 'join'), kind: 'repair' })
    expect(text()).toBe('1+ 2 3')
  })

  test('starts at a join point, and takes a later one if the first message is gone for good', () => {
    const { order, text } = startOrder('beginning')
    order.receive(message(1))
    expect(text()).toBe('')
    order.receive(message(2, 'join'))
    expect(text()).toBe('2+')
    const late = startOrder('beginning')
    late.order.announce(9)
    late.order.receive(message(8, 'start'))
    late.order.receive(message(9))
    expect(late.text()).toBe('8+ 9')
  })
})
