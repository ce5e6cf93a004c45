import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, findFreePort } from '@kptv/testkit'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PROJECT = `kptv-test-${process.pid}`
const LONG_MS = 900_000

// Nobody listens there: the cluster must come up all the same, and say that it is not ready.
const ENV = { SOURCES: 'http://127.0.0.1:9/list.m3u|1', PUBLIC_PORT: '' }

const APPS = ['api', 'worker'] as const

const compose = isThere('docker-compose') ? ['docker-compose'] : ['docker', 'compose']

describe('the cluster in containers', () => {
  beforeAll(async () => {
    ENV.PUBLIC_PORT = String(await findFreePort())
    for (const app of APPS) build(app)
    run([...compose, '-p', PROJECT, 'up', '-d', '--no-build', '--scale', 'api=2'])
  }, LONG_MS)

  afterAll(() => {
    run([...compose, '-p', PROJECT, 'down', '-v', '--remove-orphans'])
    run(['docker', 'rmi', ...APPS.flatMap(tagsOfRun)])
  }, LONG_MS)

  test(
    'comes up healthy: Redis, the worker, two edges',
    async () => {
      await eventually('all four are healthy', () => healthy().length === 4, { deadlineMs: 120_000 })
    },
    LONG_MS,
  )

  test('runs without root rights, with nothing for developers in it', () => {
    for (const app of APPS) {
      const [container = ''] = containers(app)
      expect(run(['docker', 'exec', container, 'id', '-un'])).toBe('node\n')
      const packages = run(['docker', 'exec', container, 'ls', 'node_modules/.pnpm'])
      expect(packages).not.toMatch(/^(jest|typescript|testcontainers|fast-check|@biomejs)/m)
      expect(() => run(['docker', 'exec', container, 'touch', '/app/x'])).toThrow()
    }
  })

  test('an edge has an ffmpeg that can do what sources need of it, and a kernel that ends it with the edge', () => {
    const [container = ''] = containers('api')
    const inside = (...command: string[]) => run(['docker', 'exec', container, ...command])
    const clip = ['-f', 'lavfi', '-i', 'testsrc2=duration=1', '-f', 'lavfi', '-i', 'sine=duration=1', '-c:v', 'libx264']
    inside('ffmpeg', '-v', 'error', ...clip, '-c:a', 'aac', '-y', '/tmp/clip.mp4')
    inside(
      'setpriv',
      '--pdeathsig',
      'KILL',
      'ffmpeg',
      '-v',
      'error',
      '-i',
      '/tmp/clip.mp4',
      '-c',
      'copy',
      '-y',
      '/tmp/clip.ts',
    )
    expect(Number(inside('stat', '-c', '%s', '/tmp/clip.ts'))).toBeGreaterThan(10_000)
    const protocols = inside('ffmpeg', '-hide_banner', '-protocols')
    for (const name of ['pipe', 'rtmp', 'rtp', 'tcp', 'udp']) expect(protocols).toMatch(new RegExp(`^ *${name}$`, 'm'))
    expect(inside('ffmpeg', '-hide_banner', '-demuxers')).toMatch(/^ D\s+rtsp /m)
  })

  test(
    'the balancer sends nobody to an edge that has no catalogue',
    async () => {
      const ask = () => fetch(`http://127.0.0.1:${ENV.PUBLIC_PORT}/playlist.m3u8`).then(({ status }) => status)
      await eventually('the balancer answers 503', async () => (await ask().catch(() => 0)) === 503, {
        deadlineMs: 60_000,
      })
    },
    LONG_MS,
  )
})

/** Under a name that stays, the next run finds the layers again. */
function build(app: string): void {
  const tags = [`kptv-test-${app}`, ...tagsOfRun(app)].flatMap((tag) => ['-t', tag])
  run(['docker', 'build', '--network', 'host', '-f', `Dockerfile.${app}`, ...tags, '.'])
}

/** Both spellings that versions of compose give to the images of a project. */
function tagsOfRun(app: string): string[] {
  return [`${PROJECT}_${app}`, `${PROJECT}-${app}`]
}

function containers(service: string): string[] {
  const filter = `label=com.docker.compose.project=${PROJECT}`
  const names = run(['docker', 'ps', '--filter', filter, '--format', '{{.Names}}']).split('\n')
  return names.filter((name) => name.includes(service))
}

function healthy(): string[] {
  const filters = ['--filter', `label=com.docker.compose.project=${PROJECT}`, '--filter', 'health=healthy']
  return run(['docker', 'ps', ...filters, '--format', '{{.Names}}'])
    .split('\n')
    .filter((name) => name !== '')
}

function isThere(command: string): boolean {
  return spawnSync(command, ['version'], { stdio: 'ignore' }).status === 0
}

function run([command = '', ...commandArguments]: readonly string[]): string {
  const env = { ...process.env, ...ENV }
  const { status, stdout, stderr } = spawnSync(command, commandArguments, { cwd: ROOT, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${commandArguments.join(' ')}: ${stderr.slice(-2_000)}`)
  return stdout
}
