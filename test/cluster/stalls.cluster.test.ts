import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import {
  createTransportStreamMaker,
  eventually,
  type FakeProvider,
  type FakeProviderOptions,
  startFakeProviderThread,
} from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

type ProviderFaults = Parameters<FakeProvider['setFaults']>[0]
type ProviderMedia = NonNullable<NonNullable<FakeProviderOptions['entries']>[number]['media']>

type Stall = {
  readonly name: string
  /** What the preferred source sends; default: a healthy stream. */
  readonly media?: (folder: string) => Promise<ProviderMedia>
  /** What happens to it once it has played for a while. */
  readonly faults?: ProviderFaults
  readonly code: string
}

/** All at once, a channel each: what a source may do instead of saying that it has failed. */
const STALLS: readonly Stall[] = [
  { name: 'no bytes', faults: { stall: true }, code: 'stalled' },
  { name: 'a trickle', faults: { trickleBytesPerSecond: 12_500 }, code: 'trickle' },
  { name: 'null packets only', faults: { nullPacketsOnly: true }, code: 'null-packets' },
  { name: 'no PAT and PMT', media: made({ tablesEveryMs: 0 }), code: 'no-tables' },
  { name: 'a clock that stands', media: standingClock, code: 'no-clock-progress' },
  { name: 'a page', media: bytes('<!doctype html><html><body>Expired</body></html>'), code: 'content-html' },
  { name: 'an object', media: bytes('{"user_info":{"auth":0}}'), code: 'content-json' },
  { name: 'an image', media: bytes(Buffer.from('ffd8ffe000104a46494600', 'hex')), code: 'content-image' },
  { name: 'a clip that repeats', media: clip, code: 'repeated-clip' },
]
const RADIO = 'Radio'

let folder: string
let first: FakeProvider
let second: FakeProvider
let cluster: Cluster

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kptv-stalls-'))
  const radio = { streamId: 'radio', name: RADIO, media: await made({ ...RADIO_OPTIONS })() }
  const faulty = STALLS.map(async ({ name, media }, index) => ({
    streamId: String(index),
    name,
    ...(media && { media: await media(folder) }),
  }))
  const account = { user: 'user', password: 'pass', limit: STALLS.length + 1 }
  first = await startFakeProviderThread({
    sourceId: 'first',
    accounts: [account],
    entries: [radio, ...(await Promise.all(faulty))],
  })
  const healthy = STALLS.map(({ name }, index) => ({ streamId: String(index), name }))
  second = await startFakeProviderThread({ sourceId: 'second', accounts: [account], entries: [radio, ...healthy] })
  const sources = [first, second].map((provider) => `${provider.playlistUrl()}|${account.limit}`).join(',')
  cluster = await startCluster({ sources })
  const streams = 2 * (STALLS.length + 1)
  await eventually('both sources are there', async () => (await cluster.status()).catalog.streams === streams)
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await Promise.all([first?.stop(), second?.stop()])
  if (folder) await rm(folder, { recursive: true, force: true })
}, 90_000)

test('each kind of stall leads to the next source, with its own reason; a healthy 48 kbit/s radio does not', async () => {
  const ids = await cluster.channelIds()
  const open = (name: string) => watch(`${cluster.edge.url}/stream/${ids.get(name)}`)
  const radio = await open(RADIO)
  const viewers = await Promise.all(STALLS.map(({ name }) => open(name)))
  const faulty = STALLS.map((stall, index) => ({ ...stall, index, viewer: viewers[index]! }))

  for (const { faults, index, viewer } of faulty) {
    if (faults === undefined) continue
    // The trickle shows when what came ahead at the connect is used up.
    await eventually('the first source plays', () => viewer.report().keyFrames >= 3, { deadlineMs: 30_000 })
    first.setFaults(faults, { streamId: String(index) })
  }
  for (const { name, viewer, index } of faulty) {
    const opened = () => second.truth().channels[String(index)]?.opened ?? 0
    await eventually(`the second source plays instead of ${name}`, () => opened() >= 1, { deadlineMs: 60_000 })
    const { keyFrames } = viewer.report()
    await eventually(`${name}: the viewer goes on`, () => viewer.report().keyFrames >= keyFrames + 2)
    expect([name, viewer.status, viewer.ended()]).toEqual([name, 200, undefined])
  }

  const left = cluster.edge.process.lines.flatMap(
    ({ json }): Array<[string, string]> =>
      json?.msg === 'stream failed or ended' ? [[json.channel as string, json.reason as string]] : [],
  )
  const isRadio = ([channel]: [string, string]) => channel === ids.get(RADIO)
  // The first reason of each channel: a machine that stands still may make the second source stall.
  expect(new Map(left.filter((one) => !isRadio(one)).reverse())).toEqual(
    new Map(STALLS.map(({ name, code }) => [ids.get(name), code])),
  )
  // For that reason alone the radio may be left, too.
  const radioReasons = left.filter(isRadio).map(([, reason]) => reason)
  expect(radioReasons).toEqual(radioReasons.map(() => 'stalled'))
  expect(second.truth().channels.radio?.opened ?? 0).toBeLessThanOrEqual(radioReasons.length)
  // Of the first source nothing but the radio is open any more.
  const openRadios = () => first.truth().openStreams + (second.truth().channels.radio?.open ?? 0)
  await eventually('only one is open', () => openRadios() === 1)
  expect([radio.report().problems, radio.ended()]).toEqual([[], undefined])
}, 150_000)

/** 70 kbit/s with all packets; its audio alone has less than 50. */
const RADIO_OPTIONS = { video: 'none', packetsPerAudioFrame: 1, bitsPerSecond: 75_000 } as const

function made(options: Extract<ProviderMedia, { readonly kind: 'maker' }>['options']) {
  return async (): Promise<ProviderMedia> => ({ kind: 'maker', ...(options && { options }) })
}

function bytes(content: string | Buffer) {
  return (into: string) => fileOf(into, Buffer.from(content))
}

async function fileOf(
  into: string,
  content: Buffer,
  more: { readonly isLooped?: boolean; readonly bytesPerSecond?: number } = {},
) {
  const path = join(into, crypto.randomUUID())
  await writeFile(path, content)
  return { kind: 'file', path, ...more } as const
}

/** Two good seconds, then one frame at one time, again and again. */
async function standingClock(into: string): Promise<ProviderMedia> {
  const maker = createTransportStreamMaker()
  const good = maker.next(2_000)
  const frame = createTransportStreamMaker({ startTicks: 900_000 + 4_000 * 90 }).next(20)
  return fileOf(into, Buffer.concat([good, ...Array(1_000).fill(frame)]), { bytesPerSecond: good.length / 2 })
}

/** "Limit reached", for two seconds, for ever. */
function clip(into: string): Promise<ProviderMedia> {
  return fileOf(into, createTransportStreamMaker().next(2_000), { isLooped: true })
}
