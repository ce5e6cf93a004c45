import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import express from 'express'
import { linkBase } from './links.ts'
import { believeProxies } from './trusted-proxies.ts'

let server: Server | undefined
afterEach(() => void server?.close())

/**
 * A request from 127.0.0.1 to `inner:8080` with these fields, as seen after the trusted proxies.
 */
async function seen(networks: readonly string[], headers: Record<string, string>): Promise<string> {
  const app = express()
  believeProxies(app, networks)
  app.use((request, response) => void response.send(`${request.ip} ${linkBase(undefined, request)}`))
  server = createServer(app)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', headers: { Host: 'inner:8080', ...headers } }, async (response) => {
      resolve((await response.toArray()).join(''))
    })
      .on('error', reject)
      .end()
  })
}

const FROM = { 'X-Forwarded-For': '198.51.100.7' }
const HTTPS = { ...FROM, 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'TV.example' }
const LOOPBACK = ['127.0.0.0/8']

test.each<[string, readonly string[], Record<string, string>, string]>([
  ['no proxy is trusted', [], HTTPS, '127.0.0.1 http://inner:8080'],
  ['another network is believed', ['10.0.0.0/8'], HTTPS, '127.0.0.1 http://inner:8080'],
  ['no field at all', LOOPBACK, {}, '127.0.0.1 http://inner:8080'],
  ['the address alone', LOOPBACK, FROM, '198.51.100.7 http://inner:8080'],
  ['address, scheme and host', LOOPBACK, HTTPS, '198.51.100.7 https://tv.example'],
  ['a port', LOOPBACK, { 'X-Forwarded-Host': 'tv.example:8443' }, '127.0.0.1 http://tv.example:8443'],
  [
    'what the viewer itself claims stands before what the proxy adds',
    LOOPBACK,
    { 'X-Forwarded-For': '192.0.2.1, 198.51.100.7' },
    '198.51.100.7 http://inner:8080',
  ],
  [
    'a chain of proxies',
    [...LOOPBACK, '10.0.0.1/32'],
    { 'X-Forwarded-For': '198.51.100.7, 10.0.0.1' },
    '198.51.100.7 http://inner:8080',
  ],
  [
    'the field of the standard',
    LOOPBACK,
    { Forwarded: 'for="[2001:db8::17]:4711";proto=https;host="tv.example", for="198.51.100.7:80"' },
    '198.51.100.7 https://tv.example',
  ],
  ['the standard with IPv6', LOOPBACK, { Forwarded: 'For="[2001:db8::17]:4711"' }, '2001:db8::17 http://inner:8080'],
  ['the standard from a stranger', [], { Forwarded: 'for=198.51.100.7;host=evil' }, '127.0.0.1 http://inner:8080'],
  [
    'a field of the standard that is broken',
    LOOPBACK,
    { Forwarded: 'for=198.51.100.7;;host="tv' },
    '127.0.0.1 http://inner:8080',
  ],
  [
    'a quoted semicolon',
    LOOPBACK,
    { Forwarded: 'for=198.51.100.7;by="a;host=evil"' },
    '198.51.100.7 http://inner:8080',
  ],
  ['a scheme that is not one', LOOPBACK, { 'X-Forwarded-Proto': 'javascript' }, '127.0.0.1 http://inner:8080'],
  ['a host that is not one', LOOPBACK, { 'X-Forwarded-Host': 'a"b' }, '127.0.0.1 undefined'],
  ['an IPv6 network', ['::1', ...LOOPBACK], FROM, '198.51.100.7 http://inner:8080'],
])('%s', async (_, networks, headers, expected) => {
  expect(await seen(networks, headers)).toBe(expected)
})
