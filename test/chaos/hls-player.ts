import { setTimeout as sleep } from 'node:timers/promises'
import { brokenMediaRules, brokenUpdateRules, type Random } from '@kptv/testkit'

type Loaded = { readonly atMs: number; readonly seconds: number }

/** A player keeps this many segments in reserve before it starts. */
const RESERVE_SEGMENTS = 3

/**
 * A player of HLS behind a balancer without memory: each request goes to another edge by chance,
 * and to the next one if that is gone. It checks every playlist beside the one before.
 */
export class HlsPlayer {
  readonly #edges: readonly string[]
  readonly #random: Random
  readonly #violations = new Set<string>()
  readonly #loaded: Loaded[] = []
  #media = ''
  #playlist = ''
  #last = 0
  #failedRequests = 0
  #hasLeft = false
  #running: Promise<void> | undefined

  /** @param edges addresses of all nodes */
  constructor(edges: readonly string[], random: Random) {
    this.#edges = edges
    this.#random = random
  }

  /** @param path of the multivariant playlist */
  async start(path: string): Promise<void> {
    const multivariant = await this.#get(path)
    if (multivariant === undefined) throw new Error(`no node answers ${path}`)
    this.#media = path.slice(0, path.lastIndexOf('/') + 1) + multivariant.toString().trim().split('\n').at(-1)!
    this.#running = this.#run()
  }

  get segments(): number {
    return this.#loaded.length
  }

  get violations(): readonly string[] {
    return [...this.#violations]
  }

  /** Requests that no node has answered. */
  get failedRequests(): number {
    return this.#failedRequests
  }

  /** The longest time without a new segment that ended after this moment. */
  longestWaitMs(sinceMs: number): number {
    const waits = this.#loaded.map(({ atMs }, index) => ({ atMs, ms: atMs - (this.#loaded[index - 1]?.atMs ?? atMs) }))
    return Math.max(0, ...waits.filter(({ atMs }) => atMs > sinceMs).map(({ ms }) => ms))
  }

  /** How long the video would have stood still since this moment: its reserve was used up. */
  stalledMs(sinceMs: number): number {
    const startsAt = this.#loaded[RESERVE_SEGMENTS - 1]?.atMs ?? 0
    let emptyAtMs = startsAt
    let stalled = 0
    for (const { atMs, seconds } of this.#loaded) {
      if (atMs > emptyAtMs && atMs > sinceMs) stalled += atMs - emptyAtMs
      emptyAtMs = Math.max(emptyAtMs, atMs) + seconds * 1_000
    }
    return stalled
  }

  async leave(): Promise<void> {
    this.#hasLeft = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#hasLeft) {
      await this.#turn()
      await sleep(500)
    }
  }

  async #turn(): Promise<void> {
    const playlist = (await this.#get(this.#media))?.toString()
    if (playlist === undefined) return
    const broken = this.#playlist === '' ? [] : brokenUpdateRules(this.#playlist, playlist)
    for (const rule of [...brokenMediaRules(playlist), ...broken]) this.#violations.add(rule)
    this.#playlist = playlist
    for (const [, seconds, file = ''] of playlist.matchAll(/^#EXTINF:([\d.]+),\n(\d+\.(?:ts|m4s))$/gm)) {
      await this.#load(file, Number(seconds))
    }
  }

  async #load(file: string, seconds: number): Promise<void> {
    const number = Number.parseInt(file, 10)
    if (number <= this.#last) return
    if (this.#last !== 0 && number !== this.#last + 1) this.#violations.add('a segment left the playlist unseen')
    const segment = await this.#get(this.#media.replace(/[^/]*$/, file))
    this.#last = number
    if (segment === undefined) this.#violations.add('a listed segment could not be had')
    else this.#loaded.push({ atMs: performance.now(), seconds })
  }

  /** Undefined: no node has it. */
  async #get(path: string): Promise<Buffer | undefined> {
    const first = this.#random.below(this.#edges.length)
    for (const edge of [...this.#edges.slice(first), ...this.#edges.slice(0, first)]) {
      const body = await fetchWhole(`${edge}${path}`)
      if (body !== undefined) return body
    }
    this.#failedRequests += 1
    return undefined
  }
}

/** A balancer gives up on an edge that is silent for this long. */
const ANSWER_MS = 3_000

async function fetchWhole(url: string): Promise<Buffer | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })
    const body = Buffer.from(await answer.arrayBuffer())
    return answer.status === 200 ? body : undefined
  } catch {
    return undefined
  }
}
