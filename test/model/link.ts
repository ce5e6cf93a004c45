import type { Random } from '@kptv/testkit'
import type { FakeRedis } from './fake-redis.ts'
import type { Process } from './process.ts'
import { cancel, type VirtualClock } from './virtual-clock.ts'

type LinkMode = 'open' | 'blackHole' | 'answersLost' | 'requestsLost' | 'refused'
export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: 'refused' | 'closed' | 'timeout' }

/** The way of one host to Redis and, on the other network, to its peers. */
export type Link = {
  readonly mode: LinkMode
  setMode(mode: LinkMode): void
  slowMs: number
  /** Part of requests, and of answers, that get lost. */
  lossRate: number
  delayMs(): number
  /** Runs when the link is open; at once if it is. */
  whenOpen(run: () => void): void
  /**
   * Applies `script` at Redis after a delay and answers after another. No answer within the command
   * timeout is `timeout`; the script may still be applied, even much later: the kernel keeps
   * sending, and a hanging Redis finds the request in its buffer.
   */
  request<T>(process: Process, script: () => T, done: (reply: Reply<T>) => void): void
}

export function createLink(options: {
  readonly clock: VirtualClock
  readonly random: Random
  readonly redis: FakeRedis
  readonly commandMs: number
}): Link {
  const { clock, random, redis, commandMs } = options
  let mode: LinkMode = 'open'
  let held: Array<() => void> = []

  function request<T>(process: Process, script: () => T, done: (reply: Reply<T>) => void): void {
    let settled = false
    const settle = (reply: Reply<T>) => {
      if (settled) return
      settled = true
      cancel(timeout)
      done(reply)
    }
    const answer = (reply: Reply<T>) => {
      if (mode === 'blackHole' || mode === 'answersLost' || random.chance(link.lossRate)) return
      clock.after(link.delayMs(), () => process.run(() => settle(reply)))
    }
    const timeout = process.after(commandMs, () => settle({ ok: false, why: 'timeout' }))
    if (mode === 'refused') {
      clock.after(1, () => process.run(() => settle({ ok: false, why: 'refused' })))
      return
    }
    const isReached = mode === 'open' || mode === 'answersLost'
    if (isReached && redis.state === 'refusing') return answer({ ok: false, why: 'refused' })
    const { run } = redis
    const arrive = () => {
      if (redis.run !== run || redis.state === 'refusing') return answer({ ok: false, why: 'closed' })
      if (redis.state === 'hanging') return redis.whenBack(arrive)
      answer({ ok: true, value: script() })
    }
    if (isReached && !random.chance(link.lossRate)) clock.after(link.delayMs(), arrive)
    else if (random.chance(0.5)) held.push(arrive)
  }

  const link: Link = {
    get mode() {
      return mode
    },
    setMode(next) {
      mode = next
      if (mode !== 'open') return
      const late = held
      held = []
      for (const run of late) clock.after(link.delayMs(), run)
    },
    slowMs: 0,
    lossRate: 0,
    delayMs: () => random.between(0.5, 8) + (link.slowMs === 0 ? 0 : random.between(0.3, 1) * link.slowMs),
    whenOpen(run) {
      if (mode === 'open') run()
      else held.push(run)
    },
    request,
  }
  return link
}
