/** A cluster with life in it, for the screenshots: made-up channels, guide, users and troubles. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, openViewer, type ProviderEntry, startFakeProvider, startProcess } from '@kptv/testkit'
import { type Cluster, startCluster } from '../cluster/support/start-cluster.ts'
import { GROUPS, madeGuide } from './scene-guide.ts'

const DEMO = new URL('../../apps/demo/src/main.ts', import.meta.url)
const PLAYERS = ['VLC/3.0.21 LibVLC/3.0.21', 'TiviMate/5.1.6 (Android 12)', 'Kodi/21.2 (Linux; x86_64)']
const WATCHED = ['Demo Red', 'Demo Green', 'Demo Green', 'Demo Red', 'Arena One', 'Demo Red', 'Nature', 'Arena One']

/** Of the users that watch. */
export const TOKENS = { anna: 'made-up-token-of-anna', ben: 'made-up-token-of-ben', clara: 'made-up-token-of-clara' }

const USERS = `users:
  - name: anna
    tokens: [{ label: television in the kitchen, token: ${TOKENS.anna} }, { label: tablet, token: another-token-of-anna }]
    streams: 4
    priority: 10
  - name: ben
    tokens: [{ label: living room, token: ${TOKENS.ben}, end: 2030-12-31 }]
    streams: 3
    onLimit: end-oldest
  - name: clara
    tokens: [{ label: phone, token: ${TOKENS.clara} }]
    streams: 2
    sees: { exclude: { group: "^Regional" } }
  - name: guests
    networks: [192.168.7.0/24]
    streams: 1
    end: 2026-06-30
`

type Scene = { readonly cluster: Cluster; readonly channels: ReadonlyMap<string, string> }

/** Ends with `running`. */
export async function startScene(running: AsyncDisposableStack): Promise<Scene> {
  const entries = Object.entries(GROUPS).flatMap(([group, names], at) =>
    names.map((name, index) => entryOf(name, group, 100 * (at + 1) + index)),
  )
  const guide = madeGuide(Date.now())
  const account = { user: 'user', password: 'pass', limit: 4 }
  const northern = running.use(await startFakeProvider({ entries, guide, accounts: [account] }))
  const western = running.use(await startFakeProvider({ entries: entries.slice(5, 12) }))
  const old = running.use(await startFakeProvider({ entries: entries.slice(0, 8) }))
  const demo = await startProcess({ file: DEMO })
  running.defer(async () => void (await demo.stop()))
  const [one = '', two = ''] = (await demo.waitForLine(/\|/)).text.split(',')

  const folder = await mkdtemp(join(tmpdir(), 'kptv-screenshots-'))
  running.defer(() => rm(folder, { recursive: true, force: true }))
  const [SOURCES_FILE, USERS_FILE] = [join(folder, 'sources.yaml'), join(folder, 'users.yaml')]
  const sources = [
    ['Harbour TV', ...one.split('|')],
    ['Blue Sky', ...two.split('|')],
    ['Northern Light', northern.playlistUrl(), '4', `${northern.url}/xmltv.php?username=user&password=pass`],
    ['West Wind', western.playlistUrl(), '1'],
    ['Old Town', old.playlistUrl(), '2'],
  ]
  await writeFile(SOURCES_FILE, `sources:\n${sources.map(describeSource).join('')}`)
  await writeFile(USERS_FILE, USERS)
  const cluster = running.use(await startCluster({ sources: '', edges: 3, settings: { SOURCES_FILE, USERS_FILE } }))
  const channels = await channelsOf(cluster)
  await watchAll(cluster, { channels, running })

  const guideAddress = `${cluster.edge.url}/link/${TOKENS.anna}/guide.xml`
  const hasGuide = async () => (await (await fetch(guideAddress)).text()).includes('Headlines')
  await eventually('there is a guide', hasGuide, { deadlineMs: 180_000, everyMs: 1_000 })

  // Troubles: a list that has shrunk, and streams that fail.
  old.setEntries([])
  await order(cluster, { order: 'read-list' })
  western.setFaults({ status: { code: 403 } })
  northern.cut('reset', { streamId: 'nature' })
  return { cluster, channels }
}

function entryOf(name: string, group: string, number: number): ProviderEntry {
  const id = name.toLowerCase().replaceAll(' ', '-')
  const attributes = [
    ['tvg-id', id],
    ['tvg-chno', String(number)],
    ['group-title', group],
  ] as const
  return { streamId: id, name, attributes }
}

function describeSource([name, url, limit, epgUrl]: readonly (string | undefined)[]): string {
  return `  - { name: ${name}, url: '${url}', limit: ${limit}${epgUrl === undefined ? '' : `, epgUrl: '${epgUrl}'`} }\n`
}

async function channelsOf({ edge }: Cluster): Promise<ReadonlyMap<string, string>> {
  const list = await (await fetch(`${edge.url}/link/${TOKENS.anna}/playlist.m3u8`)).text()
  return new Map([...list.matchAll(/,([^,\n]+)\n\S*\/stream\/([^\s.?]+)/g)].map(([, name, id]) => [name!, id!]))
}

async function watchAll(
  cluster: Cluster,
  { channels, running }: { readonly channels: ReadonlyMap<string, string>; readonly running: AsyncDisposableStack },
) {
  const tokens = Object.values(TOKENS)
  for (const [index, name] of WATCHED.entries()) {
    const edge = cluster.edges[index % cluster.edges.length]!
    const address = `${edge.url}/link/${tokens[index % tokens.length]}/stream/${channels.get(name)}.ts`
    const viewer = await openViewer(address, { headers: { 'User-Agent': PLAYERS[index % PLAYERS.length]! } })
    running.defer(() => viewer.close())
    await eventually(`${name} plays`, () => viewer.report().packets > 0)
  }
}

async function order({ edge }: Cluster, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  await fetch(`${edge.adminUrl}/admin/orders`, { method: 'POST', headers, body: JSON.stringify(body) })
}
