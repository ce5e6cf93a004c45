import type { CatalogReader } from '@kptv/catalog'
import { type Clock, every } from '@kptv/clock'
import type { ReadinessAnswer } from '@kptv/contract'
import type { Redis } from '@kptv/redis'
import { judgeReadiness } from './readiness.ts'

type ReadinessWatchOptions = {
  readonly redis: Pick<Redis, 'status' | 'on'>
  readonly catalog: Pick<CatalogReader, 'currentGeneration'>
  readonly isWarm: () => boolean
  /** Public addresses of the other nodes, as last known. */
  readonly peers: () => ReadonlyArray<{ readonly url: string }>
  readonly clock: Clock
}

/** A balancer asks every two seconds. */
const SAMPLE_MS = 1_000
const PEER_ANSWER_MS = 500

/**
 * Samples the state of this node once a second, so that `/readyz` answers at once even if Redis is
 * slow. It polls other nodes only while Redis is silent here; they answer from their own last
 * sample.
 */
export class ReadinessWatch {
  readonly #options: ReadinessWatchOptions
  #isDraining = false
  #redisRefuses = false
  #answeredAtMs: number
  #isAnswering = false
  #hasCatalog = false
  #peersSilentMs: readonly number[] = []
  #stopSamples: (() => void) | undefined

  constructor(options: ReadinessWatchOptions) {
    this.#options = options
    this.#answeredAtMs = options.clock.monotonicMs()
    options.redis.on('error', (error: Error & { readonly code?: string }) => {
      this.#redisRefuses = error.code === 'ECONNREFUSED'
    })
    options.redis.on('ready', () => {
      this.#redisRefuses = false
    })
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** From now on viewers should go elsewhere. */
  drain(): void {
    this.#isDraining = true
  }

  /** The first sample is taken before this resolves. */
  async start(): Promise<void> {
    await this.sample()
    this.#stopSamples = every(this.#options.clock, SAMPLE_MS, () => void this.sample())
  }

  stop(): void {
    this.#stopSamples?.()
  }

  answer(): ReadinessAnswer {
    const { redis, isWarm, clock } = this.#options
    const isAnswering = this.#isAnswering && redis.status === 'ready'
    return judgeReadiness({
      redis: isAnswering,
      redisRefuses: this.#redisRefuses,
      redisSilentMs: isAnswering ? 0 : Math.round(clock.monotonicMs() - this.#answeredAtMs),
      peersSilentMs: this.#peersSilentMs,
      catalog: this.#hasCatalog,
      warm: isWarm(),
      draining: this.#isDraining,
    })
  }

  async sample(): Promise<void> {
    const { redis, catalog, clock } = this.#options
    try {
      if (redis.status !== 'ready') throw new Error('Redis is not connected')
      this.#hasCatalog = (await catalog.currentGeneration()) !== undefined
      this.#answeredAtMs = clock.monotonicMs()
      this.#isAnswering = true
      this.#peersSilentMs = []
    } catch {
      this.#isAnswering = false
      if (!this.#redisRefuses) this.#peersSilentMs = await this.#askPeers()
    }
  }

  async #askPeers(): Promise<number[]> {
    const answers = await Promise.all(this.#options.peers().map(({ url }) => askSilence(url)))
    return answers.filter((silentMs) => silentMs !== undefined)
  }
}

/** How long Redis has been silent for another node; `undefined`: unknown. */
async function askSilence(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PEER_ANSWER_MS) })
    const { redisSilentMs } = (await response.json()) as { readonly redisSilentMs?: unknown }
    return typeof redisSilentMs === 'number' ? redisSilentMs : undefined
  } catch {
    return undefined
  }
}
