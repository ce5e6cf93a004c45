/**
 * A provider on a separate thread, so that its work is not counted: `/list.m3u` names the guides
 * `/0.xml`, `/1.xml`, …, which share the hours of their programmes.
 */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { constants, setPriority } from 'node:os'
import { Readable } from 'node:stream'
import { parentPort, workerData } from 'node:worker_threads'
import { guideChannelOf, HOUR_MS, madeGuide } from './made-guide.ts'

// It stands for other machines, and must not take the time of those that are measured. In Linux
// this is the priority of the calling thread alone.
setPriority(constants.priority.PRIORITY_LOW)

export type ServedGuides = {
  readonly guides: number
  /** Of each guide. */
  readonly channels: number
  /** Of each channel, in each guide: those of the next guide follow. */
  readonly programmes: number
  /** Every how many channels of the guides one is in the list. */
  readonly listedEvery: number
  readonly fromMs: number
  /** Guides are made at the start, so that making them takes no time from what is measured. */
  readonly isPrepared?: boolean
}

const { guides, channels, programmes, listedEvery, fromMs, isPrepared = false } = workerData as ServedGuides
const prepared = isPrepared ? Array.from({ length: guides }, (_, number) => Buffer.concat([...guideOf(number)])) : []

const answer: RequestListener = (request, response) => {
  const base = `http://${request.headers.host}`
  const number = Number(/^\/(\d+)\.xml$/.exec(request.url ?? '')?.[1] ?? Number.NaN)
  if (prepared[number] !== undefined) return void response.end(prepared[number])
  const pieces = request.url === '/list.m3u' ? madeList(base) : number < guides ? guideOf(number) : undefined
  if (pieces === undefined) return void response.writeHead(404).end()
  Readable.from(pieces, { objectMode: false }).pipe(response)
}

function guideOf(number: number): Iterable<Buffer> {
  return madeGuide({ channels, programmesPerChannel: programmes, fromMs: fromMs + number * programmes * HOUR_MS })
}

function* madeList(base: string): Generator<string> {
  const named = Array.from({ length: guides }, (_, number) => `${base}/${number}.xml`)
  yield `#EXTM3U url-tvg="${named.join()}"\n`
  for (let channel = 0; channel < channels; channel += listedEvery)
    yield `#EXTINF:-1 tvg-id="${guideChannelOf(channel)}",Channel ${channel}\n${base}/live/${channel}.ts\n`
}

const server = createServer(answer)
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port))
