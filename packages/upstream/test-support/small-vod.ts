import { createTransportStreamMaker } from '@kptv/testkit'
import { type AnswerRequest, type ReceivedRequest, reply, startProvider, type TestProvider } from './start-provider.ts'

const SEGMENTS = 3

/**
 * A media playlist with an end, and its segments of half a second, by path; `prefix` precedes each
 * name.
 */
export function smallVod(prefix: string, wrap: (segment: Buffer) => Buffer = (segment) => segment) {
  const maker = createTransportStreamMaker()
  const names = Array.from({ length: SEGMENTS }, (_, index) => `${prefix}-${index}.ts`)
  const lines = names.flatMap((name) => ['#EXTINF:0.5,', name])
  const playlist = ['#EXTM3U', '#EXT-X-TARGETDURATION:1', ...lines, '#EXT-X-ENDLIST', ''].join('\n')
  const files = new Map<string, string | Buffer>([[`/${prefix}.m3u8`, playlist]])
  for (const name of names) files.set(`/${name}`, wrap(maker.next(500)))
  return files
}

export const master = (...variants: ReadonlyArray<readonly [bandwidth: number, uri: string]>): string =>
  ['#EXTM3U', ...variants.flatMap(([bandwidth, uri]) => [`#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}`, uri]), ''].join(
    '\n',
  )

/**
 * Serves files by their path.
 *
 * @param refuse a status line for a request that is refused
 */
export function startFiles(
  files: ReadonlyMap<string, string | Buffer>,
  refuse: (request: ReceivedRequest) => string | undefined = () => undefined,
  headers: (path: string) => string[] = () => [],
): Promise<TestProvider> {
  const answer: AnswerRequest = (request, socket) => {
    const path = request.path.replace(/\?.*/, '')
    const body = files.get(path)
    const status = refuse(request) ?? (body === undefined ? '404 Not Found' : '200 OK')
    reply(socket, status, status.startsWith('2') ? body : '', status.startsWith('2') ? headers(path) : [])
  }
  return startProvider(answer)
}

/** The first frame may be held back until the next one comes. */
export const toTenths = (ms: number): number => Math.round(ms / 100) * 100
