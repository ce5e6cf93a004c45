import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseSources, type Source } from '@kptv/config'
import { createAddressPolicy } from '@kptv/upstream'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createLogoFetcher } from '../outputs/logo/fetch-logo.ts'
import { createLogoImages } from '../outputs/logo/logo-images.ts'
import { placeholderLogo } from '../outputs/logo/placeholder-logo.ts'
import { logoId } from '../rendered/logo-id.ts'

const PNG = Buffer.from(`89504e470d0a1a0a0000000d49484452${'00000010'.repeat(2)}0802000000`, 'hex')
const ID = '0123456789abcdef'

let port: PublicPort
let host: Server
let base: string
let source: Source
let logo: string | undefined
const requested: string[] = []

/** What a hostile or broken host of logos answers. */
const ANSWERS: Record<
  string,
  (url: URL) => { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: Buffer | string }
> = {
  '/good.png': () => ({ headers: { 'content-type': 'text/html' }, body: PNG }),
  '/moved': () => ({ status: 302, headers: { location: '/good.png' } }),
  '/private': () => ({ status: 302, headers: { location: `http://127.0.0.2:${new URL(base).port}/good.png` } }),
  '/metadata': () => ({ status: 302, headers: { location: 'http://169.254.169.254/latest/' } }),
  '/file': () => ({ status: 302, headers: { location: 'file:///etc/passwd' } }),
  '/loop': () => ({ status: 302, headers: { location: '/loop' } }),
  '/page.png': () => ({ headers: { 'content-type': 'image/png' }, body: '<html><script>alert(1)</script></html>' }),
  '/script.svg': () => ({ headers: { 'content-type': 'image/svg+xml' }, body: '<svg onload="alert(1)"/>' }),
  '/large.png': () => ({ body: Buffer.concat([PNG, Buffer.alloc(10 * 1024 * 1024)]) }),
  '/bomb.png': () => ({
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.concat([PNG, Buffer.alloc(50e6)])),
  }),
  '/cut.png': () => ({ headers: { 'content-length': '5000' }, body: PNG }),
  '/login.png': ({ search }) => ({ body: search === '?username=u&password=canary-7' ? PNG : '' }),
}

beforeAll(async () => {
  host = createServer((request, response) => {
    const url = new URL(request.url ?? '', base)
    requested.push(url.pathname)
    const { status = 200, headers = {}, body = '' } = ANSWERS[url.pathname]?.(url) ?? { status: 404 }
    response.writeHead(status, headers).end(body)
    if (url.pathname === '/cut.png') response.destroy()
  })
  await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  source = parseSources(`${base}/get.php?username=u&password=canary-7|1`).sources[0] as Source
})

beforeEach(async () => {
  requested.length = 0
  const fetchLogo = createLogoFetcher({
    settings: { userAgent: 'Player', reqOrigin: undefined, reqReferrer: undefined },
    allowAddress: createAddressPolicy({ allowedCidrs: ['127.0.0.1'], allowedHosts: [] }),
    loopMark: () => 'ours',
  })
  port = await startPublicPort({
    sources: () => [source],
    logoImages: createLogoImages({ fetchLogo, store: { read: async () => undefined, keep: async () => {} } }),
    catalog: {
      currentGeneration: async () => 1,
      channel: async (id) => (id === ID ? channel() : undefined),
      async *channelsInOrder() {},
    },
  })
})

afterEach(async () => port[Symbol.asyncDispose]())

afterAll(async () => {
  host.closeAllConnections()
  host.close()
})

function channel() {
  const attributes = logo === undefined ? [] : [['tvg-logo', logo] as const]
  return { id: ID, name: 'News', attributes, streams: [{ id: 's', sourceId: source.id, url: '', headers: [] }] }
}

/** Requests the logo of the channel once its list names this address. */
async function request(path: string | undefined, init: RequestInit = {}): Promise<Response> {
  logo = path === undefined || path.includes('://') ? path : `${base}${path}`
  return fetch(`${port.base}/logo/${logoId(channel()) ?? ID}`, init)
}

const initials = placeholderLogo('News').toString()

test.each(['/good.png', '/moved'])('%s is served with the type of its content, and may be cached', async (path) => {
  const response = await request(path)
  expect(response.headers.get('content-type')).toBe('image/png')
  expect(response.headers.get('cache-control')).toBe('public, max-age=86400')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(Buffer.from(await response.arrayBuffer())).toEqual(PNG)
  const again = await request(path, { headers: { 'If-None-Match': response.headers.get('etag') ?? '' } })
  expect([again.status, await again.text()]).toEqual([304, ''])
  const head = await request(path, { method: 'HEAD' })
  expect(head.headers.get('content-length')).toBe(String(PNG.length))
})

test('the address is opened with the login of its source', async () => {
  const response = await request('/login.png?username={secret-1}&password={secret-2}')
  expect([source.secrets.length, response.headers.get('content-type')]).toEqual([2, 'image/png'])
})

describe("the channel's initials are served instead, for a short time", () => {
  test.each([
    '/private',
    '/metadata',
    '/file',
    '/loop',
    '/page.png',
    '/script.svg',
    '/large.png',
    '/bomb.png',
    '/cut.png',
    '/missing.png',
    'http://169.254.169.254/latest/',
    'http://[::1]:1/a.png',
    'http://127.0.0.1:6379/a.png',
    'http://other.example/{secret-2}.png',
    'ftp://127.0.0.1/a.png',
    undefined,
  ])('%s', async (path) => {
    const response = await request(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('image/svg+xml')
    expect(response.headers.get('cache-control')).toBe('public, max-age=600')
    expect(await response.text()).toBe(initials)
    expect(requested).not.toContain('/good.png')
  })
})

test.each(['unknown', 'f'.repeat(16), `${ID}x`, '..%2f..%2fetc%2fpasswd', `${'f'.repeat(16)}01234567`])(
  '%s is unknown, and nothing is requested',
  async (name) => {
    logo = `${base}/good.png`
    const response = await fetch(`${port.base}/logo/${name}`)
    expect([response.status, requested.length]).toEqual([404, 0])
  },
)

test('an old link briefly shows the new logo; a made-up one costs no request', async () => {
  await request('/good.png')
  for (const digest of ['00000000', '11111111', '']) {
    const response = await fetch(`${port.base}/logo/${ID}${digest}`)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  }
  expect(requested).toEqual(['/good.png'])
})

test('a logo that is our own link ends at the initials', async () => {
  logo = `${port.base}/logo/${ID}`
  const response = await fetch(`${port.base}/logo/${ID}`, { headers: { Via: '1.1 kptv-ours' } })
  expect(await response.text()).toBe(initials)
})
