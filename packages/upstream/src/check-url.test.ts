import { expect, test } from '@jest/globals'
import { createAddressPolicy } from './address-policy.ts'
import { checkUrl } from './check-url.ts'
import { UpstreamError } from './upstream-error.ts'

const strict = createAddressPolicy({ allowedCidrs: [], allowedHosts: [] })

function codeFor(text: string, base?: string): string {
  try {
    return checkUrl(text, base === undefined ? undefined : new URL(base), strict).href
  } catch (error) {
    return error instanceof UpstreamError ? error.code : String(error)
  }
}

test.each([
  ['http://tv.example/a b', 'http://tv.example/a%20b'],
  ['https://tv.example:8443/', 'https://tv.example:8443/'],
  ['http://8.8.8.8/', 'http://8.8.8.8/'],
  ['file:///etc/passwd', 'blocked-scheme'],
  ['ftp://tv.example/', 'blocked-scheme'],
  ['data:text/plain,x', 'blocked-scheme'],
  ['javascript:alert(1)', 'blocked-scheme'],
  ['gopher://tv.example/', 'blocked-scheme'],
  ['unix:/var/run/docker.sock:/x', 'blocked-scheme'],
  ['rtsp://tv.example/', 'blocked-scheme'],
  ['tv.example/x', 'bad-url'],
  ['', 'bad-url'],
  ['http://', 'bad-url'],
  ['http://tv.example:99999/', 'bad-url'],
  ['http://tv.example:0/', 'blocked-port'],
  ['http://tv.example:22/', 'blocked-port'],
  ['http://tv.example:6379/', 'blocked-port'],
  ['http://127.0.0.1/', 'blocked-address'],
  ['http://127.1/', 'blocked-address'],
  ['http://2130706433/', 'blocked-address'],
  ['http://0x7f000001/', 'blocked-address'],
  ['http://0177.0.0.1/', 'blocked-address'],
  ['http://①②⑦.⓪.⓪.①/', 'blocked-address'],
  ['http://127。0。0。1/', 'blocked-address'],
  ['http://127.0.0.1./', 'blocked-address'],
  ['http://0/', 'blocked-address'],
  ['http://[::1]/', 'blocked-address'],
  ['http://[::ffff:127.0.0.1]/', 'blocked-address'],
  ['http://user:pass@169.254.169.254/latest/', 'blocked-address'],
])('%s: %s', (text, expected) => {
  expect(codeFor(text)).toBe(expected)
})

test.each([
  ['next?t=1', 'http://tv.example/a/next?t=1'],
  ['//cdn.example/x', 'http://cdn.example/x'],
  ['//10.0.0.1/x', 'blocked-address'],
  ['http://[', 'bad-url'],
])('%s seen from a stream: %s', (text, expected) => {
  expect(codeFor(text, 'http://tv.example/a/b')).toBe(expected)
})
