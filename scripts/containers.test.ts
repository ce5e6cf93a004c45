import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { settingNames } from '../packages/config/src/index.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('docker-compose.yaml', () => {
  const compose = read('docker-compose.yaml')

  test('passes on every setting', () => {
    const settings = /x-settings: &settings\n((?: {2}.*\n)+)/.exec(compose)?.[1] ?? ''
    const passed = [...settings.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name)
    // Each container is a node with its own name.
    expect(passed.sort()).toEqual(
      settingNames()
        .filter((name) => name !== 'NODE_ID')
        .sort(),
    )
  })

  const services = new Map(
    compose
      .slice(compose.indexOf('\nservices:\n'), compose.indexOf('\nnetworks:\n'))
      .split(/\n {2}(?=[\w-]+:\n)/)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf(':')), text] as const),
  )

  test('publishes the balancer only', () => {
    const published = [...services].filter(([, text]) => /^ +ports:/m.test(text)).map(([name]) => name)
    expect(published).toEqual(['haproxy'])
  })

  test.each([...services])('confines %s', (_, text) => {
    expect(text).toContain('<<: *confined')
  })

  test('has Redis, a worker, an edge under the name of the original, a balancer and the demo', () => {
    expect([...services.keys()]).toEqual(['redis', 'worker', 'kptv-proxy', 'haproxy', 'demo'])
  })

  test('keeps Redis on an internal network, with a password that no process list shows', () => {
    const onStore = [...services].filter(([, text]) => /^ {4}networks: \[.*\bstore\b/m.test(text)).map(([name]) => name)
    expect(onStore).toEqual(['redis', 'worker', 'kptv-proxy'])
    expect(compose).toContain('  store: { internal: true }\n')
    expect(services.get('redis')).toContain('exec redis-server - ')
    expect(services.get('redis')).not.toMatch(/--requirepass/)
  })
})

describe('Dockerfile.api', () => {
  test("gives the page's build all that it reads: compiler options, packages of the workspace, itself", () => {
    const [, stage = ''] = / AS page\n([\s\S]*?)\n\n/.exec(read('Dockerfile.api')) ?? []
    const copied = [...stage.matchAll(/^COPY (\w\S*) /gm)].map(([, path]) => path)
    const { extends: options } = JSON.parse(read('apps/page/tsconfig.json')) as { readonly extends: string }
    const { dependencies } = JSON.parse(read('apps/page/package.json')) as {
      readonly dependencies: Record<string, string>
    }
    const packages = Object.keys(dependencies).filter((name) => dependencies[name] === 'workspace:*')
    const folders = packages.map((name) => name.replace('@kptv/', 'packages/'))
    expect(copied).toEqual([options.replace('../../', ''), ...folders, 'apps/page'])
  })
})

describe('docker/haproxy.cfg', () => {
  const front = /\nfrontend public\n((?: {4}.*\n)+)/.exec(read('docker/haproxy.cfg'))?.[1] ?? ''

  test("passes on the viewer's address, and nothing that the viewer claims", () => {
    expect(read('docker-compose.yaml')).toMatch(/^ {2}TRUSTED_PROXIES: \$\{TRUSTED_PROXIES:-.*172\.16\.0\.0\/12/m)
    for (const field of ['X-Forwarded-For', 'Forwarded']) expect(front).toContain(`http-request del-header ${field}\n`)
    expect(front).toContain('option forwardfor\n')
    expect(front).toContain('http-request set-header X-Forwarded-Proto http\n')
    expect(front).toContain('http-request set-header X-Forwarded-Host %[req.hdr(host)]\n')
  })
})

describe.each(['api', 'worker', 'demo'])('Dockerfile.%s', (app) => {
  const dockerfile = read(`Dockerfile.${app}`)

  test('runs the source without root rights, with a health check', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
    expect(last).toContain('USER node\n')
    expect(last).toContain('HEALTHCHECK ')
    expect(last).toMatch(new RegExp(`CMD \\["node", ("--m\\w+-semi-space-size=\\d", )?"apps/${app}/src/main\\.ts"\\]`))
  })

  test('installs for production, by the pinned pnpm and the lockfile', () => {
    expect(dockerfile).toContain('packageManager')
    expect(dockerfile).toContain('--frozen-lockfile --prod')
  })
})
