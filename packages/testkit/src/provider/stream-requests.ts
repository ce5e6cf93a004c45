import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broadcast } from './broadcast.ts'
import { createBroadcast } from './create-broadcast.ts'
import { type FileRequest, sendFile } from './file-response.ts'
import { admitStream } from './limit-gate.ts'
import { type FaultScope, isInScope, type ProviderFaultBoard } from './provider-faults.ts'
import type { ProviderAccount, ProviderEntry, ProviderSettings } from './provider-options.ts'
import type { StreamAttempt, TruthBook } from './provider-truth.ts'
import { createRedirects } from './redirects.ts'
import { sendStatus } from './send-status.ts'
import { type StreamCut, type StreamResponse, startStreamResponse } from './stream-response.ts'

type WantedStream = {
  readonly account: ProviderAccount
  readonly streamId: string
  readonly path: string
  /** Its User-Agent. */
  readonly agent: string | undefined
  /** Of VOD. */
  readonly part?: FileRequest
  /** Undefined for a first request. */
  readonly redirectsLeft?: number
}

type Admitted = {
  readonly account: ProviderAccount
  readonly entry: ProviderEntry
  readonly agent: string | undefined
  readonly part: FileRequest | undefined
}

/**
 * The sockets of one poll of the event loop come in any order: without this pause a new request
 * could be counted before the end of the connection that it replaces, which came earlier.
 */
const ADMISSION_DELAY_MS = 5

/** Decides on requests for streams, keeps the open ones, and books all of it. */
export class StreamRequests {
  readonly #settings: ProviderSettings
  readonly #faults: ProviderFaultBoard
  readonly #truth: TruthBook
  readonly #redirects = createRedirects()
  readonly #broadcasts = new Map<string, Broadcast>()
  readonly #streams = new Set<StreamResponse>()
  /** Closed streams that still count. */
  readonly #lag: Array<{ readonly user: string; readonly untilMs: number }> = []

  constructor(parts: {
    readonly settings: ProviderSettings
    readonly faults: ProviderFaultBoard
    readonly truth: TruthBook
  }) {
    this.#settings = parts.settings
    this.#faults = parts.faults
    this.#truth = parts.truth
  }

  async answer(response: ServerResponse, wanted: WantedStream): Promise<void> {
    const { account, streamId, agent } = wanted
    const faults = this.#faults.of({ user: account.user, streamId, ...(agent !== undefined && { agent }) })
    const redirectsLeft = wanted.redirectsLeft ?? faults.redirect?.hops ?? 0
    if (redirectsLeft > 0) {
      const lifetimeMs = faults.redirect?.tokenLifetimeMs ?? 60_000
      const location = this.#redirects.issue({ ...wanted, redirectsLeft: redirectsLeft - 1, lifetimeMs })
      response.writeHead(302, { location }).end()
      return
    }
    await sleep(ADMISSION_DELAY_MS)
    if (!response.destroyed) this.#decide(response, wanted)
  }

  /** The stream behind a token of an earlier redirect. */
  resolveToken(token: string): (WantedStream & { readonly kind: 'stream' }) | undefined {
    return this.#redirects.resolve(token)
  }

  cut(how: StreamCut, scope: FaultScope): number {
    const concerned = [...this.#streams].filter((stream) => isInScope(stream, scope))
    for (const stream of concerned) stream.cut(how)
    return concerned.length
  }

  resetTimeStamps(startTicks: number, streamId: string | undefined): void {
    for (const [id, broadcast] of this.#broadcasts) {
      if (streamId === undefined || streamId === id) broadcast.resetTimeStamps(startTicks)
    }
  }

  /** An entry whose media was changed restarts with its next viewer. */
  forgetBroadcast(streamId: string): void {
    this.#broadcasts.delete(streamId)
  }

  stop(): void {
    for (const broadcast of this.#broadcasts.values()) broadcast.stop()
  }

  #decide(response: ServerResponse, { account, streamId, agent, part }: WantedStream): void {
    const faults = this.#faults.of({ user: account.user, streamId, ...(agent !== undefined && { agent }) })
    const note = (outcome: StreamAttempt['outcome'], status: number) =>
      this.#truth.attempt({ atMs: performance.now(), user: account.user, streamId, outcome, status })
    this.#truth.wanted(account.user, streamId)
    if (faults.refuseConnections) {
      note('fault', 0)
      response.socket?.resetAndDestroy()
      return
    }
    if (faults.status) {
      note('fault', faults.status.code)
      return sendStatus(response, faults.status)
    }
    const entry = this.#settings.entries.find((one) => one.streamId === streamId)
    if (entry === undefined) {
      note('unknown-channel', 404)
      return sendStatus(response, { code: 404 })
    }
    const refusal = admitStream({ account, streamId, truth: this.#truth, lag: this.#lag, streams: this.#streams })
    if (refusal) {
      note('limit', refusal.code)
      return sendStatus(response, refusal)
    }
    note('opened', 200)
    this.#open(response, { account, entry, agent, part })
  }

  #open(response: ServerResponse, admitted: Admitted): void {
    const { account, entry, part = {} } = admitted
    if (entry.media?.kind !== 'bytes') return this.#openBroadcast(response, admitted)
    const close = this.#truth.opened(account.user, entry.streamId)
    response.once('close', close)
    const type = entry.extension === 'mkv' ? 'video/x-matroska' : 'video/mp4'
    void sendFile(response, { ...entry.media, type }, part)
  }

  #openBroadcast(response: ServerResponse, { account, entry, agent }: Admitted): void {
    const scope = { user: account.user, streamId: entry.streamId, ...(agent !== undefined && { agent }) }
    const close = this.#truth.opened(scope.user, scope.streamId)
    const stream = startStreamResponse(response, {
      user: account.user,
      streamId: entry.streamId,
      agent,
      broadcast: this.#broadcastOf(entry),
      faults: () => this.#faults.of(scope),
      onSent: (bytes) => this.#truth.add('mediaBytes', bytes),
      onDropped: (bytes) => this.#truth.add('droppedBytes', bytes),
    })
    this.#streams.add(stream)
    response.once('close', () => {
      this.#streams.delete(stream)
      close()
      if (account.policy?.kind !== 'count-lag') return
      this.#lag.push({ user: account.user, untilMs: performance.now() + account.policy.seconds * 1000 })
    })
  }

  #broadcastOf(entry: ProviderEntry): Broadcast {
    const known = this.#broadcasts.get(entry.streamId)
    if (known) return known
    const { profile, sourceId } = this.#settings
    const { media = { kind: 'maker' } } = entry
    if (media.kind === 'bytes') throw new Error('a file is not broadcast')
    const made = createBroadcast(media, { profile, sourceId, streamId: entry.streamId })
    this.#broadcasts.set(entry.streamId, made)
    return made
  }
}
