import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Source } from '@kptv/config'
import { createSelfSignedCertificate } from '@kptv/testkit'
import { createAddressPolicy } from '@kptv/upstream'
import { createPlayableStreams } from './playable-streams.ts'
import { createUnsupportedStreams } from './unsupported-streams.ts'

const allowAddress = createAddressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowedHosts: [] })
const settings = {
  userAgent: 'kptv-proxy/1.0',
  reqOrigin: 'http://origin.example',
  reqReferrer: 'http://referrer.example/',
  healthCheckTimeoutMs: 10_000,
}
const source: Source = {
  id: 's1',
  name: 'one',
  url: 'http://one.example/',
  accountId: 's1',
  limit: 1,
  secrets: ['SECRET'],
}

let server: Server | undefined

afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** The header fields that the provider receives when a stream with these settings is opened. */
async function fieldsSent(given: Partial<Source>, headers: ReadonlyArray<readonly [string, string]> = []) {
  const asked = Promise.withResolvers<IncomingMessage>()
  server = createServer((request, response) => {
    asked.resolve(request)
    response.end('media')
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${host}/live/{secret-1}/1.ts`
  const sources = [{ ...source, url: `${host}/list.m3u`, ...given }]
  const playable = createPlayableStreams({ ...settings, sources: () => sources }, allowAddress)
  const [stream] = playable({ streams: [{ id: 'x', sourceId: 's1', url, headers }] })
  const opened = await stream!.connect(new AbortController().signal)
  await opened.close()
  const { rawHeaders } = await asked.promise
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]!]] : []))
  return Object.fromEntries(pairs.filter(([name]) => name !== 'Host' && name !== 'Connection'))
}

test('a node that has lost the right to connect opens no connection', async () => {
  const playable = createPlayableStreams({ ...settings, sources: () => [source] }, allowAddress)
  for (const url of ['http://127.0.0.1:45678/1.ts', 'http://localhost:45678/1.ts']) {
    const [stream] = playable({ streams: [{ id: 'x', sourceId: 's1', url, headers: [] }] })
    const connecting = stream!.connect(new AbortController().signal, { mayConnect: () => false })
    await expect(connecting).rejects.toMatchObject({ code: 'aborted' })
  }
})

describe('header fields of a stream', () => {
  test('are only those of the settings: no Accept, no Accept-Encoding', async () => {
    expect(await fieldsSent({})).toEqual({
      'User-Agent': 'kptv-proxy/1.0',
      Origin: 'http://origin.example',
      Referer: 'http://referrer.example/',
    })
  })

  test('may be set or removed by a source, including the agent', async () => {
    const playHeaders = [
      ['Referer', ''],
      ['origin', 'http://panel.example'],
      ['X-Panel', 'a'],
    ] as const
    expect(await fieldsSent({ userAgent: 'VLC/3.0.20', playHeaders })).toEqual({
      'User-Agent': 'VLC/3.0.20',
      origin: 'http://panel.example',
      'X-Panel': 'a',
    })
  })

  test('for the list are not sent with streams', async () => {
    expect(await fieldsSent({ listHeaders: [['X-List', 'a']] })).not.toHaveProperty('X-List')
  })

  test('prefer those of an entry, with the secrets of its source restored', async () => {
    const sent = await fieldsSent({ userAgent: 'VLC/3.0.20', playHeaders: [['X-Token', 'of-source']] }, [
      ['User-Agent', 'entry'],
      ['X-Token', '{secret-1}'],
    ])
    expect(sent).toMatchObject({ 'User-Agent': 'entry', 'X-Token': 'SECRET' })
  })

  test('that frame a message, or contain line breaks, are never sent, wherever they were written', async () => {
    const sent = await fieldsSent({ playHeaders: [['Host', 'inside.lan']] }, [
      ['Content-Length', '5'],
      ['Transfer-Encoding', 'chunked'],
      ['Accept-Encoding', 'gzip'],
      ['X-A', 'one\r\nX-B: two'],
    ])
    expect(Object.keys(sent)).toEqual(['User-Agent', 'Origin', 'Referer'])
  })
})

test('`tls: insecure` accepts an untrusted certificate for its source only', async () => {
  server = createTlsServer(createSelfSignedCertificate(), (_request, response) => response.end('media'))
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(server.address() as AddressInfo).port}/live/1.ts`
  const sources = [
    { ...source, tls: 'insecure' as const },
    { ...source, id: 's2' },
  ]
  const playable = createPlayableStreams({ ...settings, sources: () => sources }, allowAddress)
  const streams = ['s1', 's2'].map((sourceId) => ({ id: sourceId, sourceId, url, headers: [] }))
  const [trusting, strict] = playable({ streams })
  const opened = await trusting!.connect(new AbortController().signal)
  await opened.close()
  await expect(strict!.connect(new AbortController().signal)).rejects.toMatchObject({ code: 'tls-untrusted' })
})

describe('streams that are not HTTP', () => {
  const streams = ['rtsp://h/1', 'udp://239.0.0.1:1', 'http://h/2', 'ftp://h/3'].map((url, index) => {
    return { id: `x${index}`, sourceId: 's1', url, headers: [] }
  })
  const idsWith = (tools: Parameters<typeof createPlayableStreams>[2]) =>
    createPlayableStreams(
      { ...settings, sources: () => [source] },
      allowAddress,
      tools,
    )({ streams }).map((one) => one.streamId)

  test('are played if ffmpeg is available', () => {
    expect(idsWith({ ffmpeg: { path: '/usr/bin/ffmpeg', guard: undefined } })).toEqual(['x0', 'x1', 'x2'])
  })

  test('are otherwise left out, and noted', () => {
    const unsupported = createUnsupportedStreams()
    expect(idsWith({ unsupported })).toEqual(['x1', 'x2'])
    expect(unsupported.list()).toEqual([{ stream: 'x0', source: 's1', scheme: 'rtsp', reason: 'needs-ffmpeg' }])
  })
})
