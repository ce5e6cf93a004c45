import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const CHUNK_BYTES = 64 * 1024
/** No two places within 16 MB look alike for long. */
const PERIOD_BYTES = 251 * 65_537

/** The bytes of a made-up VOD from one place to another, not included. */
export function fileBytes(from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from)
  for (let index = 0; index < bytes.length; index += 1) {
    const at = (from + index) % PERIOD_BYTES
    bytes[index] = (at % 251) ^ ((at / 65_537) | 0)
  }
  return bytes
}

export type FileRequest = { readonly range?: string | undefined; readonly ifRange?: string | undefined }

type ServedFile = { readonly sizeBytes: number; readonly type: string; readonly path?: string }

/** Answers as a file server does, with one range at most. */
export async function sendFile(
  response: ServerResponse,
  { sizeBytes, type, path }: ServedFile,
  { range, ifRange }: FileRequest,
): Promise<void> {
  const etag = `"${sizeBytes}"`
  const shared = { 'content-type': type, 'accept-ranges': 'bytes', etag, 'set-cookie': 'panel=secret' }
  const [, first = '', last = ''] =
    (ifRange === undefined || ifRange === etag ? /^bytes=(\d*)-(\d*)$/ : /$^/).exec(range ?? '') ?? []
  if (first === '' && last === '') {
    response.writeHead(200, { ...shared, 'content-length': sizeBytes })
    return send(response, path, { from: 0, to: sizeBytes })
  }
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const to = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (from >= to) {
    response.writeHead(416, { ...shared, 'content-range': `bytes */${sizeBytes}` }).end()
    return
  }
  const part = { 'content-length': to - from, 'content-range': `bytes ${from}-${to - 1}/${sizeBytes}` }
  response.writeHead(206, { ...shared, ...part })
  return send(response, path, { from, to })
}

async function send(
  response: ServerResponse,
  path: string | undefined,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  function* chunks() {
    for (let at = from; at < to; at += CHUNK_BYTES) yield fileBytes(at, Math.min(to, at + CHUNK_BYTES))
  }
  const bytes = path === undefined ? Readable.from(chunks()) : createReadStream(path, { start: from, end: to - 1 })
  await pipeline(bytes, response).catch(() => undefined)
}
