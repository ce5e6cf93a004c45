import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { panelAnswer } from './panel-answers.ts'
import { playlistBody, sendList } from './playlist-response.ts'
import { createFaultBoard, type FaultScope, type ProviderFaults } from './provider-faults.ts'
import {
  type FakeProviderOptions,
  type ProviderAccount,
  type ProviderEntry,
  type ProviderPlaylist,
  providerSettings,
} from './provider-options.ts'
import { type ProviderRoute, routeRequest } from './provider-routes.ts'
import { type ProviderTruth, TruthBook } from './provider-truth.ts'
import { sendStatus } from './send-status.ts'
import { StreamRequests } from './stream-requests.ts'
import type { StreamCut } from './stream-response.ts'

export type FakeProvider = {
  /** `http://127.0.0.1:port`, without credentials. */
  readonly url: string
  readonly port: number
  /** `xtream://user:password@host` of an account (default: the first one). */
  panelUrl(user?: string): string
  /** Address of the playlist of an account (default: the first one), with its credentials. */
  playlistUrl(user?: string): string
  streamUrl(streamId: string, user?: string): string
  truth(): ProviderTruth
  /** Counts afresh; what is open stays open. */
  resetTruth(): void
  /** Replaces the faults of exactly this scope (default: everyone); `{}` ends them. */
  setFaults(faults: ProviderFaults, scope?: FaultScope): void
  clearFaults(): void
  /** Ends open streams now. Returns how many. */
  cut(how: StreamCut, scope?: FaultScope): number
  /**
   * The clocks of one or all channels start again at `startTicks` (90 kHz, default 0), in open
   * responses.
   */
  resetTimeStamps(options?: { readonly startTicks?: number; readonly streamId?: string }): void
  setEntries(entries: readonly ProviderEntry[]): void
  /** Undefined: the list that the entries give. */
  setPlaylist(playlist: ProviderPlaylist | undefined): void
  setAccounts(accounts: readonly ProviderAccount[]): void
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts an IPTV provider with Xtream-shaped addresses on the loopback, that counts its own
 * sockets.
 */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const settings = providerSettings(options)
  const faults = createFaultBoard()
  const truth = new TruthBook()
  const streamRequests = new StreamRequests({ settings, faults, truth })

  const answerList = async (request: IncomingMessage, response: ServerResponse, route: ProviderRoute) => {
    const account = 'account' in route ? route.account : undefined
    const active = faults.of(account === undefined ? {} : { user: account.user })
    if (active.refuseConnections) return void request.socket.resetAndDestroy()
    const onNotModified = () => truth.add('notModifiedAnswers', 1)
    await sendList(request, response, { ...listOf(request, route), faults: active, onNotModified })
  }

  const listOf = (request: IncomingMessage, route: ProviderRoute) => {
    const { entries, playlist, guide } = settings
    if (route.kind === 'panel') {
      const { account, action, series } = route
      const open = account === undefined ? 0 : truth.openOf(account.user)
      const answer = () => Buffer.from(JSON.stringify(panelAnswer({ account, entries, open, action, series })))
      return { contentType: 'application/json', body: answer }
    }
    if (route.kind === 'guide') return { contentType: 'application/xml', body: () => Buffer.from(guide) }
    const { account } = route as Extract<ProviderRoute, { readonly kind: 'playlist' }>
    const body = () => playlistBody(`http://${request.headers.host}`, { account, entries, playlist })
    return { contentType: 'audio/x-mpegurl', body }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const route = routeRequest(request.url ?? '/', settings.accounts)
    const streamRoute = route.kind === 'redirected' ? streamRequests.resolveToken(route.token) : route
    const known = streamRoute?.kind === 'stream' || streamRoute?.kind === 'playlist' ? streamRoute : undefined
    truth.request({
      atMs: performance.now(),
      method: request.method ?? '',
      path: request.url ?? '',
      kind: KINDS[route.kind] ?? 'other',
      user: known?.account.user,
      streamId: known?.kind === 'stream' ? known.streamId : undefined,
      remoteAddress: request.socket.remoteAddress ?? '',
      headers: request.headers,
    })
    if (request.method !== 'GET') return sendStatus(response, { code: 405 })
    if (route.kind === 'playlist' || route.kind === 'panel' || route.kind === 'guide') {
      return answerList(request, response, route)
    }
    if (known?.kind === 'stream') {
      const { 'user-agent': agent, range, 'if-range': ifRange } = request.headers
      const part = { range, ifRange: typeof ifRange === 'string' ? ifRange : undefined }
      return streamRequests.answer(response, { ...known, agent, part })
    }
    sendStatus(response, { code: route.kind === 'other' ? 404 : 403 })
  }

  const server = createServer((request, response) => {
    response.on('error', () => {})
    // A fault of this program itself: the client sees a broken connection and the test its message.
    answer(request, response).catch((error) => response.destroy(error))
  })
  server.keepAliveTimeout = 60_000
  const { host } = settings
  server.listen(settings.port, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`

  /** A closed port is the only way to really refuse; open connections stay. */
  const followListeningFault = () => {
    const shallListen = faults.of({}).refuseConnections !== true
    if (shallListen === server.listening) return
    if (shallListen) server.listen(port, host)
    else server.close()
  }
  const credentialsOf = (user?: string) => {
    const account = user === undefined ? settings.accounts[0] : settings.accounts.find((one) => one.user === user)
    if (account === undefined) throw new Error('The fake provider has no such account')
    return { user: encodeURIComponent(account.user), password: encodeURIComponent(account.password) }
  }
  const stop = async () => {
    streamRequests.stop()
    server.closeAllConnections()
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  return {
    url,
    port,
    playlistUrl: (name) => {
      const { user, password } = credentialsOf(name)
      return `${url}/get.php?username=${user}&password=${password}&type=m3u_plus&output=ts`
    },
    panelUrl: (name) => {
      const { user, password } = credentialsOf(name)
      return `xtream://${user}:${password}@${new URL(url).host}`
    },
    streamUrl: (streamId, name) => {
      const { user, password } = credentialsOf(name)
      return `${url}/live/${user}/${password}/${streamId}.ts`
    },
    truth: () => truth.snapshot(),
    resetTruth: () => truth.reset(),
    setFaults: (active, scope) => {
      faults.set(active, scope)
      followListeningFault()
    },
    clearFaults: () => {
      faults.clear()
      followListeningFault()
    },
    cut: (how, scope = {}) => streamRequests.cut(how, scope),
    resetTimeStamps: ({ startTicks = 0, streamId } = {}) => streamRequests.resetTimeStamps(startTicks, streamId),
    setEntries: (entries) => {
      const mediaOf = (list: readonly ProviderEntry[], id: string) => list.find((entry) => entry.streamId === id)?.media
      for (const { streamId, media } of entries) {
        const isSame = JSON.stringify(media) === JSON.stringify(mediaOf(settings.entries, streamId))
        if (!isSame) streamRequests.forgetBroadcast(streamId)
      }
      settings.entries = [...entries]
    },
    setPlaylist: (playlist) => {
      settings.playlist = playlist
    },
    setAccounts: (accounts) => {
      settings.accounts = [...accounts]
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** How the book of truth calls the requests. */
const KINDS: Readonly<Partial<Record<ProviderRoute['kind'], 'playlist' | 'stream' | 'redirected'>>> = {
  playlist: 'playlist',
  panel: 'playlist',
  guide: 'playlist',
  stream: 'stream',
  redirected: 'redirected',
}
