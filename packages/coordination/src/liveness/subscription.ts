import { breakConnection, type Redis, topologyOf } from '@kptv/redis'

/** A subscription that shows other nodes that this process exists. */
export type LivenessSubscription = {
  /** Resolves when Redis counts us under this name. Leaves the previous name. */
  listen(name: string): Promise<void>
  /**
   * Another server is the primary now: the old one may be frozen, and then nothing shows that its
   * count no longer matters.
   */
  renew(): void
  /** Whether Redis counts us now, as far as this process knows. */
  isHeld(): boolean
  /**
   * The number of listeners of a name. `runId`: the server that counted, where there are several.
   * Throws when Redis does not answer.
   */
  count(name: string): Promise<{ readonly listeners: number; readonly runId?: string }>
}

/** With one server, or one primary: an ordinary subscription. */
export function subscribeOnServer({
  redis,
  subscriber,
}: {
  readonly redis: Redis
  readonly subscriber: Redis
}): LivenessSubscription {
  let wanted: string | undefined
  let isHeld = false

  async function listen(name: string): Promise<void> {
    const old = wanted
    wanted = name
    isHeld = false
    await subscriber.subscribe(name)
    isHeld = wanted === name
    if (old !== undefined && old !== name) await subscriber.unsubscribe(old)
  }

  subscriber.on('close', () => {
    isHeld = false
  })
  subscriber.on('ready', () => {
    // The connection restores its subscriptions itself; only Redis' answer shows that others see
    // it.
    if (wanted !== undefined) listen(wanted).catch(() => undefined)
  })

  return {
    listen,
    renew() {
      if (topologyOf(redis) === 'sentinel') breakConnection(subscriber)
    },
    isHeld: () => isHeld,
    async count(name) {
      const [, listeners] = (await redis.pubsub('NUMSUB', name)) as [string, number]
      return { listeners: Number(listeners) }
    },
  }
}
