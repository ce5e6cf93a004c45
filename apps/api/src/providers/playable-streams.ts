import { hash } from 'node:crypto'
import type { CatalogChannel, CatalogStream } from '@kptv/catalog'
import { loginsOf, openStream, type Source, type SourceLogin } from '@kptv/config'
import { isPanelSeries, mayBeFile } from '@kptv/playlist'
import {
  type AddressPolicy,
  comesInDatagrams,
  type Ffmpeg,
  type HeaderList,
  identityHeaders,
  needsFfmpeg,
  type OpenedFile,
  type OpenedStream,
  openDatagrams,
  openFile,
  openMedia,
  openThroughFfmpeg,
} from '@kptv/upstream'
import type { FoundFiles } from './found-files.ts'
import type { UnsupportedStreams } from './unsupported-streams.ts'

/** A stream of a channel with everything needed to play it. */
export type PlayableStream = {
  readonly streamId: string
  readonly sourceId: string
  /** Which program of a transport stream with several is meant. */
  readonly program?: number | undefined
  /**
   * The account whose connections it uses, and their number: sources with the same login share an
   * account.
   */
  readonly accountId: string
  readonly limit: number
  /** How long its provider counts a connection after its end, as far as the operator knows. */
  readonly coolDownMs?: number | undefined
  readonly connect: (signal: AbortSignal, how?: ConnectHow) => Promise<OpenedStream>
}

/** The same for a VOD, which is passed on as it is, all of it or a range. */
export type PlayableFile = PlayableStream & {
  readonly openFile: (signal: AbortSignal, part: FilePart) => Promise<OpenedFile>
}

/** The fields of a request for a VOD, as HTTP has them. */
type FilePart = Pick<ConnectHow, 'mayConnect'> & {
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

/**
 * `isRepeated`: viewers already had the media that comes first, so none of it is held back.
 * `firstByteMs`: how long after the response header the first byte may come; unset: the reader
 * decides. `mayConnect`: checked right before each socket is opened, and before ffmpeg is started.
 */
export type ConnectHow = {
  readonly isRepeated?: (() => boolean) | undefined
  readonly firstByteMs?: number | undefined
  readonly mayConnect?: (() => boolean) | undefined
}

export type UpstreamSettings = {
  /** Id of this process in the cluster: sent to addresses that may be our own. */
  readonly loopMark?: (() => string) | undefined
  /** As they are now. */
  readonly sources: () => readonly Source[]
  readonly userAgent: string
  readonly reqOrigin: string | undefined
  readonly reqReferrer: string | undefined
  readonly healthCheckTimeoutMs: number
  readonly hlsMaxBandwidth?: number | undefined
  readonly hlsMaxHeight?: number | undefined
}

type PlayTools = {
  readonly ffmpeg?: Ffmpeg | undefined
  readonly unsupported?: UnsupportedStreams | undefined
  /** Where streams that turn out to be files are noted. */
  readonly foundFiles?: FoundFiles | undefined
}

/**
 * Providers behind a balancer may take seconds to accept; a dead one must not hold up the next
 * stream for long.
 */
const CONNECT_MS = 5_000

/**
 * The streams of a channel that this node can play, in order of preference: only those of known
 * sources, because a source that is not in the settings has no limit to keep.
 *
 * @param tools.ffmpeg for streams that are not HTTP; without it such streams are left out, and
 *   noted
 */
export function createPlayableStreams(
  settings: UpstreamSettings,
  allowAddress: AddressPolicy,
  { ffmpeg, unsupported, foundFiles }: PlayTools = {},
) {
  const { hlsMaxBandwidth: maxBandwidth, hlsMaxHeight: maxHeight } = settings
  const timeouts = { connectMs: CONNECT_MS, responseMs: settings.healthCheckTimeoutMs }

  return ({ streams }: Pick<CatalogChannel, 'streams'>): PlayableFile[] =>
    streams.flatMap((stream) => {
      const source = settings.sources().find(({ id }) => id === stream.sourceId)
      if (isPanelSeries(stream.url)) return []
      const isHttp = /^https?:/i.test(stream.url)
      const isDirect = isHttp || comesInDatagrams(stream.url)
      if (source === undefined || !(isDirect || needsFfmpeg(stream.url))) return []
      const { id: sourceId, coolDownMs, tls } = source
      const found = mayBeFile(stream.url) ? foundFiles?.of(stream.id) : undefined
      if (!isDirect && ffmpeg === undefined) {
        const scheme = stream.url.slice(0, stream.url.indexOf(':')).toLowerCase()
        unsupported?.note({ stream: stream.id, source: sourceId, scheme, reason: 'needs-ffmpeg' })
        return []
      }
      const requestAs = (login: SourceLogin) => {
        const { url, headers } = openStream(stream, source, login)
        const policy = { allowAddress, timeouts, tls, loopMark: settings.loopMark?.() }
        return { ...policy, url, headers: headersFor(headers, source) }
      }
      const connectAs =
        (login: SourceLogin): PlayableStream['connect'] =>
        (signal, how) => {
          const request = { ...requestAs(login), signal, ffmpeg, ...how }
          if (isHttp) return openMedia({ ...request, onFile: found?.note, variantLimits: { maxBandwidth, maxHeight } })
          return isDirect ? openDatagrams(request) : openThroughFfmpeg(request)
        }
      return loginsFor(stream, source).map((login) => {
        const { accountId, limit } = login
        const streamId = idUnder(login, stream, source)
        const account = { sourceId, accountId, limit, coolDownMs }
        const openPart: PlayableFile['openFile'] = (signal, part) => {
          const request = { ...requestAs(login), signal, ...part }
          return found === undefined ? openFile(request) : found.keep(openFile({ ...request, needsLength: true }))
        }
        return { streamId, ...account, program: stream.program, connect: connectAs(login), openFile: openPart }
      })
    })

  /**
   * The last field of a name wins: the entry over its source, because the list knows its provider
   * best, and the source over the settings.
   */
  function headersFor(ofEntry: CatalogStream['headers'], source: Source): HeaderList {
    const { userAgent = settings.userAgent, playHeaders = [] } = source
    return [...identityHeaders({ ...settings, userAgent }), ...playHeaders, ...ofEntry]
  }
}

/**
 * The logins that can play a stream. Where its address does not change with the login, its
 * connection counts for the first one, whichever was meant.
 */
function loginsFor(stream: CatalogStream, source: Source): readonly SourceLogin[] {
  const [first, ...others] = loginsOf(source)
  if (first === undefined || others.length === 0) return [source]
  const asFirst = JSON.stringify(openStream(stream, source))
  return [first, ...others.filter((login) => JSON.stringify(openStream(stream, source, login)) !== asFirst)]
}

/** One login may be refused while another plays: each has its own record of failures. */
function idUnder(login: SourceLogin, { id }: CatalogStream, source: Source): string {
  return login.accountId === source.accountId ? id : hash('sha256', `${id}\n${login.accountId}`).slice(0, 16)
}
