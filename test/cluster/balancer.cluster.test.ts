import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  findFreePort,
  hasPrograms,
  startFakeProviderThread,
  startProcess,
} from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

/** The checks of docker/haproxy.cfg, in front of edges on this machine. */
const configOf = (port: number, edges: readonly string[]): string => `
global
    log stdout format raw local0
defaults
    mode http
    timeout connect 3s
    timeout client 1h
    timeout server 1h
    timeout queue 5s
    option redispatch 1
    retries 2
    retry-on conn-failure
frontend public
    bind 127.0.0.1:${port}
    default_backend edges
backend edges
    balance roundrobin
    option httpchk
    http-check send meth GET uri /readyz
    http-check expect status 200
    default-server check inter 2s fall 2 rise 1
${edges.map((url, index) => `    server edge${index} ${new URL(url).host}`).join('\n')}
`

const describeWithHaproxy = hasPrograms('haproxy') ? describe : describe.skip

describeWithHaproxy('behind HAProxy', () => {
  let starting: AsyncDisposableStack
  let provider: FakeProvider
  let cluster: Cluster
  let balancer: string

  beforeAll(async () => {
    starting = new AsyncDisposableStack()
    provider = starting.use(await startFakeProviderThread())
    cluster = starting.use(
      await startCluster({
        sources: `${provider.playlistUrl()}|1`,
        edges: 2,
        settings: { CACHE_DURATION: '1s', BASE_URL: 'http://tv.example' },
      }),
    )
    const port = await findFreePort()
    const folder = await mkdtemp(join(tmpdir(), 'kptv-haproxy-'))
    starting.defer(() => rm(folder, { recursive: true }))
    const file = join(folder, 'haproxy.cfg')
    await writeFile(
      file,
      configOf(
        port,
        cluster.edges.map(({ url }) => url),
      ),
    )
    const haproxy = await startProcess({ command: 'haproxy', arguments: ['-f', file], name: 'haproxy' })
    starting.defer(async () => {
      haproxy.kill('SIGTERM')
      await haproxy.stop()
    })
    balancer = `http://127.0.0.1:${port}`
    // Both edges have rendered it once: only what is in memory can be served without Redis.
    for (const { url } of cluster.edges) expect((await fetch(`${url}/playlist.m3u8`)).status).toBe(200)
    await eventually('the balancer serves', async () => (await fetch(`${balancer}/playlist.m3u8`)).ok)
  }, 240_000)

  afterAll(async () => {
    leaveAll()
    await starting.disposeAsync()
  }, 120_000)

  test('no playlist is refused while Redis is killed, stays away, and comes back empty', async () => {
    const viewer = await watch(`${await cluster.streamUrl()}`)
    await eventually('a channel plays', () => viewer.report().keyFrames >= 2)
    const refused: string[] = []
    let served = 0
    const load = new AbortController()
    const ask = async (): Promise<void> => {
      while (!load.signal.aborted) {
        const answer = await fetch(`${balancer}/playlist.m3u8`)
        const text = await answer.text()
        if (answer.status === 200 && text.startsWith('#EXTM3U')) served += 1
        else refused.push(`${answer.status} ${text.slice(0, 100)}`)
        await sleep(20)
      }
    }
    const asking = [ask(), ask(), ask()]
    await cluster.redis.killHard()
    // Long enough for the balancer to have taken both out, if they asked for it: two failed checks,
    // 2 s apart.
    await eventually('both report it', async () => (await reasons()).every((one) => one.includes('redis-away')))
    await sleep(6_000)
    const unknown = await fetch(`${balancer}/stream/0000000000000000`)
    expect([unknown.status, await unknown.json()]).toMatchObject([503, { error: 'coordination-unavailable' }])
    const { keyFrames } = viewer.report()
    await eventually('the viewer of the leader goes on', () => viewer.report().keyFrames > keyFrames + 1)
    await cluster.redis.restart()
    await eventually('both are ready again', async () => (await reasons()).every((one) => one.length === 0), {
      deadlineMs: 60_000,
    })
    load.abort()
    await Promise.all(asking)
    process.stderr.write(`playlists served while Redis was away: ${served}, refused: ${refused.length}\n`)
    expect(refused).toEqual([])
    expect(served).toBeGreaterThan(100)
    expect(viewer.ended()).toBeUndefined()
  }, 180_000)

  const reasons = (): Promise<string[][]> =>
    Promise.all(
      cluster.edges.map(
        async ({ url }) => ((await (await fetch(`${url}/readyz`)).json()) as { readonly reasons: string[] }).reasons,
      ),
    )
})
