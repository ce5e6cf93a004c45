import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { collect, failureOf, requestOptions } from '../test-support/requests.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { createKeptConnection } from './kept-connection.ts'
import { requestOnce } from './request-once.ts'

let server: Server | undefined

afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

async function serve(answer: (path: string) => { readonly close?: boolean; readonly body: string }): Promise<URL> {
  server = createServer((request, response) => {
    const { close = false, body } = answer(request.url ?? '')
    if (close) response.shouldKeepAlive = false
    response.end(body)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

function session(signal = new AbortController().signal) {
  const policy = { ...requestOptions(), signal }
  const connection = createKeptConnection(policy)
  const get = async (url: URL): Promise<string> => {
    const { body } = await requestOnce(url, {}, { ...policy, connection })
    return String(await collect(body))
  }
  return { get, connection, policy }
}

test('one socket serves all requests of an origin, and a new one follows its end', async () => {
  using sockets = watchClientSockets()
  const url = await serve((path) => ({ close: path === '/last', body: path }))
  const { get, connection } = session()
  for (const path of ['/a', '/b', '/last', '/c', '/d']) expect(await get(new URL(path, url))).toBe(path)
  expect([sockets.opened, sockets.maxAtOnce]).toEqual([2, 1])
  await connection.close()
  expect(sockets.openNow).toBe(0)
})

test('another origin: the first socket is closed before the next one is opened', async () => {
  using sockets = watchClientSockets()
  const url = await serve((path) => ({ body: path }))
  const { get, connection } = session()
  await get(url)
  await get(new URL(`http://localhost:${url.port}/`))
  await connection.close()
  expect([sockets.opened, sockets.maxAtOnce, sockets.openNow]).toEqual([2, 1, 0])
})

test('an idle connection closed by the server costs a new one, but no failure', async () => {
  const url = await serve((path) => ({ body: path }))
  const { get, connection } = session()
  await get(url)
  server!.closeIdleConnections()
  expect(await get(new URL('/again', url))).toBe('/again')
  await connection.close()
})

test('a caller that gives up before the request is sent opens nothing', async () => {
  using sockets = watchClientSockets()
  const abort = new AbortController()
  const url = await serve((path) => ({ body: path }))
  const { policy, connection } = session(abort.signal)
  const asked = failureOf(requestOnce(url, {}, { ...policy, connection }))
  abort.abort()
  await connection.close()
  expect([(await asked).code, sockets.opened]).toEqual(['aborted', 0])
})
