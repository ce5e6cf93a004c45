import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import express from 'express'
import { addSegment } from '../../packaging/segment-list.ts'
import { mediaPlaylistOf } from './hls-playlists.ts'
import { sendMediaPlaylist, sendMultivariantPlaylist } from './send-playlist.ts'

const facts = { codecs: undefined, width: undefined, height: undefined, framesPerSecond: undefined }
const cut = {
  ticks: 0,
  durationTicks: 180_000,
  bytes: 188,
  checksum: 1,
  isIndependent: true,
  tracks: '256:h264',
  facts,
}
const list = addSegment(undefined, cut, { number: 100, targetSeconds: 3, atMs: 0 })

async function answerTo(url: string, headers: Record<string, string>) {
  const answer = await new Promise<IncomingMessage>((resolve) => void get(url, { headers }, resolve))
  return { headers: answer.headers, body: await buffer(answer) }
}

test.each(['media', 'multivariant'])('a %s playlist is compressed for players that accept it', async (kind) => {
  const app = express()
  app.get('/media', (request, response) => sendMediaPlaylist(request, response, list))
  app.get('/multivariant', (request, response) => sendMultivariantPlaylist(request, response, '#EXTM3U\n'))
  const server = createServer(app)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${kind}`
    const text = kind === 'media' ? mediaPlaylistOf(list) : '#EXTM3U\n'
    for (const _ of ['the first player', 'the next one']) {
      const { headers, body } = await answerTo(url, { 'Accept-Encoding': 'deflate, gzip' })
      expect([headers['content-encoding'], headers['content-length']]).toEqual(['gzip', String(body.length)])
      expect([gunzipSync(body).toString(), headers.vary]).toEqual([text, 'Accept-Encoding'])
    }
    const plain: Array<Record<string, string>> = [{}, { 'Accept-Encoding': 'identity' }, { 'Accept-Encoding': 'br' }]
    for (const asked of plain) {
      const { headers, body } = await answerTo(url, asked)
      expect([headers['content-encoding'], body.toString(), headers.vary]).toEqual([undefined, text, 'Accept-Encoding'])
    }
  } finally {
    server.close()
  }
})
