import { type Clock, systemClock } from '@kptv/clock'
import { createRelay, type RelayOptions } from '../src/create-relay.ts'
import type { Relay } from '../src/relay.ts'
import type { RelayListener, RelayTransport } from '../src/relay-transport.ts'

/** What tests can do to all messages. */
type MemoryConditions = {
  /** True: the message is lost on its way to this listener. Default: none is. */
  readonly lose: (message: { readonly name: string; readonly bytes: Buffer }) => boolean
  /** Latency in one direction. */
  readonly delayMs: number
  /** Nothing is passed on or answered, as with a frozen Redis; everything arrives when it ends. */
  readonly isHanging: boolean
  /** Publishing fails. */
  readonly isAway: boolean
}

type MemoryRelayHub = {
  /** One node's relay. All relays of a hub receive each other's messages, as over one Redis. */
  relay(options: RelayOptions): Relay
  set(conditions: Partial<MemoryConditions>): void
  /** All subscriptions end, and return after `awayMs`: messages sent meanwhile are lost. */
  cut(awayMs?: number): void
  /** Any message, as a stranger might send it. @returns how many listeners received it */
  publish(name: string, bytes: Buffer): Promise<number>
  /** Messages that were published under a name, received or not. */
  published(name: string): number
}

/** `node`: the relay it belongs to. */
type Subscriber = {
  readonly node: object
  readonly name: string
  readonly listener: RelayListener
  isAway: boolean
  isClosed: boolean
  cuts: number
}

/**
 * Stands in for Redis in tests within one process. Passes on copies, later, and in order, as Redis
 * does, and writes over them as the next message of a connection would.
 */
export function createMemoryRelayHub({ clock = systemClock }: { readonly clock?: Clock } = {}): MemoryRelayHub {
  const subscribers = new Set<Subscriber>()
  const published = new Map<string, number>()
  let conditions: MemoryConditions = { lose: () => false, delayMs: 0, isHanging: false, isAway: false }
  let waiting: Array<() => void> = []
  const soon = (action: () => void) => {
    if (conditions.isHanging) waiting.push(action)
    else clock.after(conditions.delayMs, action)
  }
  const welcome = (subscriber: Subscriber) => {
    soon(() => {
      subscriber.isAway = false
      if (!subscriber.isClosed) subscriber.listener.subscribed()
    })
  }
  const pass = (name: string, bytes: Buffer): number => {
    const listeners = [...subscribers].filter((subscriber) => subscriber.name === name && !subscriber.isAway)
    for (const subscriber of listeners) {
      if (conditions.lose({ name, bytes })) continue
      clock.after(0, () => {
        if (!subscriber.isClosed && !subscriber.isAway) lend(bytes, subscriber.listener)
      })
    }
    // Redis sees one subscription per node, however many followers share it.
    return new Set(listeners.map(({ node }) => node)).size
  }
  const publish = (name: string, message: Buffer): Promise<number> => {
    if (conditions.isAway) return Promise.reject(new Error('the memory relay is away'))
    published.set(name, (published.get(name) ?? 0) + 1)
    const bytes = Buffer.from(message)
    const { promise, resolve } = Promise.withResolvers<number>()
    soon(() => resolve(pass(name, bytes)))
    return promise
  }
  const transport = (): RelayTransport => {
    const own = new Set<Subscriber>()
    const close = async (subscriber: Subscriber) => {
      subscriber.isClosed = true
      subscribers.delete(subscriber)
      own.delete(subscriber)
    }
    return {
      publish,
      subscribe({ name }, listener) {
        const subscriber = { node: own, name, listener, isAway: true, isClosed: false, cuts: 0 }
        subscribers.add(subscriber)
        own.add(subscriber)
        welcome(subscriber)
        return { renew: () => subscriber.cuts === 0 && welcome(subscriber), close: () => close(subscriber) }
      },
      close: async () => {
        await Promise.all([...own].map(close))
      },
    }
  }
  return {
    relay: (options) => createRelay(transport(), { clock, ...options }),
    set(changes) {
      conditions = { ...conditions, ...changes }
      if (conditions.isHanging) return
      const late = waiting
      waiting = []
      for (const action of late) soon(action)
    },
    cut(awayMs = 0) {
      for (const subscriber of subscribers) {
        subscriber.isAway = true
        subscriber.cuts++
        clock.after(awayMs, () => {
          if (--subscriber.cuts === 0) welcome(subscriber)
        })
      }
    },
    publish,
    published: (name) => published.get(name) ?? 0,
  }
}

function lend(bytes: Buffer, listener: RelayListener): void {
  const lent = Buffer.from(bytes)
  listener.message(lent)
  lent.fill(0xff)
}
