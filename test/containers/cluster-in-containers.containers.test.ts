import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, findFreePort } from '@kptv/testkit'
import { type ComposeProject, composeProject } from './support/docker.ts'

const LONG_MS = 900_000
const SERVICES_OF_NODE = ['kptv-proxy', 'worker', 'demo']

describe('docker compose up with nothing set', () => {
  let project: ComposeProject
  let base: string

  beforeAll(async () => {
    const port = await findFreePort()
    base = `http://localhost:${port}`
    project = composeProject(`kptv-test-${process.pid}`, { PUBLIC_PORT: String(port) })
    project.build()
    project.up('--scale', 'kptv-proxy=2')
  }, LONG_MS)

  afterAll(() => project[Symbol.dispose](), LONG_MS)

  test(
    'is healthy: Redis, the worker, two edges, the demo',
    async () => {
      await eventually('all five are healthy', () => project.healthy().length === 5, { deadlineMs: 180_000 })
    },
    LONG_MS,
  )

  test(
    'plays the demo, by the commands of the original',
    async () => {
      const playlist = await eventually(
        'the playlist has the demo',
        () => {
          const text = project.shell(`curl -s ${base}/playlist.m3u8`)
          return text.includes('Demo Red') ? text : undefined
        },
        { deadlineMs: 120_000 },
      )
      expect(playlist.match(/#EXTINF/g)).toHaveLength(3)
      expect(project.shell(`curl -sI ${base}/stream/Demo%20Red`)).toMatch(/^HTTP\/1.1 200[\s\S]*video\/mp2t/i)
      const media = project.shell(`curl -s -m 30 ${base}/stream/Demo%20Red | head -c 18800 | wc -c`)
      expect(Number(media)).toBe(18_800)
      expect(project.shell('docker-compose ps')).toMatch(/kptv-proxy.*healthy/)
      expect(project.shell('docker-compose logs --tail=5 kptv-proxy')).toContain('kptv-proxy')
      // Nothing is wrong, so grep finds nothing.
      expect(project.shell('docker-compose logs kptv-proxy | grep ERROR || echo none')).toBe('none\n')
    },
    LONG_MS,
  )

  test('serves the page that is built into the image, compressed', () => {
    const html = project.shell(`curl -sf ${base}/`)
    const assets = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path)
    expect(assets.length).toBeGreaterThan(1)
    for (const path of assets) {
      const headers = project.shell(`curl -sf -o /dev/null -D - -H 'Accept-Encoding: br' ${base}/${path}`)
      expect([path, headers]).toEqual([path, expect.stringMatching(/^content-encoding: br/im)])
    }
    const [container = ''] = project.containers('kptv-proxy')
    const read = "fetch('http://127.0.0.1:9090/').then((answer) => answer.text()).then(console.log)"
    expect(project.inside(container, 'node', '-e', read)).toContain('./assets/admin')
  })

  test(
    'makes hashes and tokens for users, as documented',
    () => {
      const kptv = 'docker-compose run --rm --no-deps -T kptv-proxy node apps/cli/src/main.ts'
      expect(project.shell(`echo a-password-to-hash | ${kptv} user hash`)).toMatch(/^\$argon2id\$[^\n]+\n$/)
      expect(project.shell(`${kptv} user token`)).toMatch(/^\S{20,}\n$/)
    },
    LONG_MS,
  )

  test.each(SERVICES_OF_NODE)('%s runs without root rights, without development tools', (service) => {
    const [container = ''] = project.containers(service)
    expect(project.inside(container, 'id', '-un')).toBe('node\n')
    const packages = project.inside(container, 'find', 'node_modules/.pnpm', '-maxdepth', '1')
    expect(packages).not.toMatch(/\/(jest|typescript|testcontainers|fast-check|@biomejs)/m)
    expect(() => project.inside(container, 'touch', '/app/x')).toThrow()
  })

  test('Redis requires the password, keeps it out of process lists, and cannot reach other networks', () => {
    const [redis = ''] = project.containers('redis')
    expect(project.inside(redis, 'sh', '-c', 'REDISCLI_AUTH= redis-cli dbsize 2>&1')).toContain('NOAUTH')
    expect(Number(project.inside(redis, 'redis-cli', 'dbsize').match(/\d+/)?.[0])).toBeGreaterThan(0)
    const commands = project.inside(redis, 'sh', '-c', "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    expect(commands).toContain('redis-server')
    expect(commands).not.toContain('only-containers-get-here')
    const [haproxy = ''] = project.containers('haproxy')
    expect(() => project.inside(haproxy, 'bash', '-c', 'exec 3<>/dev/tcp/redis/6379')).toThrow()
  })

  test('an edge has an ffmpeg with all that sources need, and a kernel that ends it with the edge', () => {
    const [container = ''] = project.containers('kptv-proxy')
    const inside = (...command: string[]) => project.inside(container, ...command)
    const clip = ['-f', 'lavfi', '-i', 'testsrc2=duration=1', '-f', 'lavfi', '-i', 'sine=duration=1', '-c:v', 'libx264']
    inside('ffmpeg', '-v', 'error', ...clip, '-c:a', 'aac', '-y', '/tmp/clip.mp4')
    // What `docker exec` starts loses its parent at once, so a shell waits for it.
    inside('sh', '-c', 'setpriv --pdeathsig KILL ffmpeg -v error -i /tmp/clip.mp4 -c copy -y /tmp/clip.ts; exit $?')
    expect(Number(inside('stat', '-c', '%s', '/tmp/clip.ts'))).toBeGreaterThan(10_000)
    const protocols = inside('ffmpeg', '-hide_banner', '-protocols')
    for (const name of ['pipe', 'rtmp', 'rtp', 'tcp', 'udp']) expect(protocols).toMatch(new RegExp(`^ *${name}$`, 'm'))
    expect(inside('ffmpeg', '-hide_banner', '-demuxers')).toMatch(/^ D\s+rtsp /m)
  })
})

describe('docker compose up with an unreachable source', () => {
  let project: ComposeProject
  let port: number

  beforeAll(async () => {
    port = await findFreePort()
    const env = { SOURCES: 'http://127.0.0.1:9/list.m3u|1', PUBLIC_PORT: String(port) }
    project = composeProject(`kptv-test-empty-${process.pid}`, env)
    project.build()
    project.up()
  }, LONG_MS)

  afterAll(() => project[Symbol.dispose](), LONG_MS)

  test(
    'runs without the demo, and the playlist is an error that says why',
    async () => {
      const answer = async () => (await fetch(`http://127.0.0.1:${port}/playlist.m3u8`)).status
      await eventually('the answer is 503', async () => (await answer().catch(() => 0)) === 503, {
        deadlineMs: 120_000,
      })
      await eventually('the demo has ended', () => project.containers('demo').length === 0, { deadlineMs: 60_000 })
      const errors = await eventually('the failed import is in the log', () =>
        project.shell('docker-compose logs worker | grep ERROR || true'),
      )
      expect(errors).toContain('"level":"ERROR"')
    },
    LONG_MS,
  )
})
