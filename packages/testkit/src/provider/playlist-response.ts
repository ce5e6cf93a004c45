import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { ProviderFaults } from './provider-faults.ts'
import type { ProviderAccount, ProviderEntry, ProviderPlaylist } from './provider-options.ts'

type PlaylistContext = {
  readonly account: ProviderAccount
  readonly entries: readonly ProviderEntry[]
  readonly playlist: ProviderPlaylist | undefined
}

type ListContext = {
  readonly contentType: string
  readonly body: () => Buffer | Promise<Buffer>
  readonly faults: ProviderFaults
  readonly onNotModified: () => void
}

/** Answers a request for a list of any form, spoilt by the faults of the moment. */
export async function sendList(
  request: IncomingMessage,
  response: ServerResponse,
  context: ListContext,
): Promise<void> {
  const fault = context.faults.playlist
  if (fault === 'stall') return
  if (typeof fault === 'object' && 'status' in fault) {
    response.writeHead(fault.status, { 'content-type': 'text/plain' })
    response.end(fault.body ?? 'no playlist today')
    return
  }
  const body = spoil(await context.body(), fault)
  const headers: Record<string, string> = { 'content-type': context.contentType }
  if (context.faults.playlistEtag) {
    headers.etag = `"${createHash('sha1').update(body).digest('hex')}"`
    if (request.headers['if-none-match'] === headers.etag) {
      context.onNotModified()
      response.writeHead(304, headers).end()
      return
    }
  }
  if (typeof fault === 'object' && 'truncatedAtPercent' in fault) {
    // The length of the whole is announced, and the connection breaks before it.
    response.writeHead(200, { ...headers, 'content-length': String(body.length) })
    const part = body.subarray(0, Math.floor((body.length * fault.truncatedAtPercent) / 100))
    response.write(part, () => response.socket?.destroySoon())
    return
  }
  response.writeHead(200, { ...headers, 'content-length': String(body.length) })
  if (typeof fault === 'object' && 'stallsAtPercent' in fault) {
    response.write(body.subarray(0, Math.floor((body.length * fault.stallsAtPercent) / 100)))
    return
  }
  response.end(body)
}

function spoil(body: Buffer, fault: ProviderFaults['playlist']): Buffer {
  if (fault === 'empty') return Buffer.alloc(0)
  if (fault === 'html')
    return Buffer.from('<!doctype html><html><title>Sign in</title><body>Session expired</body></html>')
  if (fault === 'gzip-without-header') return gzipSync(body)
  return body
}

/** The list of the account in M3U. */
export async function playlistBody(base: string, context: PlaylistContext): Promise<Buffer> {
  const { playlist, account, entries } = context
  if (playlist === undefined) return Buffer.from(playlistOf(base, account, entries))
  if ('base64' in playlist) return Buffer.from(playlist.base64, 'base64')
  if ('path' in playlist) return readFile(playlist.path)
  const values: Record<string, string> = { base, user: account.user, password: account.password }
  return Buffer.from(playlist.body.replace(/\{\{(base|user|password)\}\}/g, (_, name: string) => values[name]!))
}

function playlistOf(base: string, account: ProviderAccount, entries: readonly ProviderEntry[]): string {
  const login = `${encodeURIComponent(account.user)}/${encodeURIComponent(account.password)}`
  const lines = entries.flatMap(({ streamId, name, attributes = [], kind = 'live', extension }) => [
    `#EXTINF:-1${attributes.map(([key, value]) => ` ${key}="${value}"`).join('')},${name}`,
    `${base}/${kind}/${login}/${streamId}.${extension ?? (kind === 'live' ? 'ts' : 'mp4')}`,
  ])
  return ['#EXTM3U', ...lines, ''].join('\n')
}
