import { Readable } from 'node:stream'
import type { FinalAnswer } from './follow-redirects.ts'
import { metadataInterval, withoutMetadata } from './icy-metadata.ts'
import { type Packing, packingOf, SIGNATURE_BYTES, unpack } from './packing.ts'
import { type ContentKind, sniffContent } from './sniff-content.ts'
import { toUpstreamError, upstreamError } from './upstream-error.ts'

type Sniffed = {
  readonly head: Buffer
  readonly kind: ContentKind
  readonly rest: Readable
  /** Head and rest are just what the server sent. */
  readonly isBare: boolean
}

/** A server behind another one may pack what is packed already. */
const MAX_LAYERS = 2

type SniffOptions = {
  readonly url: string
  readonly contentType: string | undefined
  readonly declaredEncoding: string | undefined
  /** So many layers of compression are taken off, not more. */
  readonly maxLayers: number
  readonly isBare: boolean
  onBytes(): void
}

/**
 * Reads a body until its kind is known. What some servers put around media without being asked,
 * compression and the metadata of radios, is taken off.
 *
 * @param options.firstByteMs how long to wait for the first byte; unset: the caller decides
 */
export async function sniffAnswer(
  { body, headers }: Pick<FinalAnswer, 'body' | 'headers'>,
  { url, firstByteMs }: { readonly url: string; readonly firstByteMs?: number | undefined },
): Promise<Sniffed> {
  const giveUp = () => body.destroy(upstreamError('idle-timeout', url))
  const timer = firstByteMs === undefined ? undefined : setTimeout(giveUp, firstByteMs)
  const onBytes = (): void => clearTimeout(timer)
  body.once('close', onBytes)
  const interval = metadataInterval(headers)
  return sniff(interval === undefined ? body : Readable.from(withoutMetadata(body, interval)), {
    url,
    contentType: headers['content-type'],
    declaredEncoding: headers['content-encoding'],
    maxLayers: MAX_LAYERS,
    isBare: interval === undefined,
    onBytes,
  })
}

async function sniff(body: Readable, options: SniffOptions): Promise<Sniffed> {
  const { contentType, declaredEncoding, maxLayers, isBare, onBytes } = options
  const packingNeeds = maxLayers > 0 && declaredEncoding !== undefined ? SIGNATURE_BYTES : 1
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    onBytes()
    head = Buffer.concat([head, chunk as Buffer])
    if (head.length < packingNeeds) continue
    const packing = maxLayers > 0 ? packingOf(head, declaredEncoding) : undefined
    if (packing !== undefined) {
      const unpacked = Readable.from(unpackFrom(head, body, { packing, url: options.url }))
      return sniff(unpacked, { ...options, maxLayers: maxLayers - 1, declaredEncoding: undefined, isBare: false })
    }
    const kind = sniffContent(head, { contentType })
    if (kind !== 'unknown-yet') return { head, kind, rest: body, isBare }
  }
  return { head, kind: sniffContent(head, { contentType, complete: true }), rest: Readable.from([]), isBare }
}

async function* unpackFrom(
  head: Buffer,
  rest: Readable,
  { packing, url }: { readonly packing: Packing; readonly url: string },
): AsyncGenerator<Buffer> {
  async function* all(): AsyncGenerator<Buffer> {
    yield head
    yield* rest as AsyncIterable<Buffer>
  }
  try {
    yield* unpack(all(), packing)
  } catch (error) {
    throw toUpstreamError(error, url)
  }
}
