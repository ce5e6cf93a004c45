import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { settingNames } from '../packages/config/src/index.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('docker-compose.yaml', () => {
  const compose = read('docker-compose.yaml')

  test('passes every setting on', () => {
    const settings = /x-settings: &settings\n((?: {2}.*\n)+)/.exec(compose)?.[1] ?? ''
    const passed = [...settings.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name)
    // Each container is a node of its own name.
    expect(passed.sort()).toEqual(
      settingNames()
        .filter((name) => name !== 'NODE_ID')
        .sort(),
    )
  })

  const services = new Map(
    compose
      .slice(compose.indexOf('\nservices:\n'), compose.indexOf('\nvolumes:\n'))
      .split(/\n {2}(?=\w+:\n)/)
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

  test('has Redis, a worker, an edge and a balancer', () => {
    expect([...services.keys()]).toEqual(['redis', 'worker', 'api', 'haproxy'])
  })
})

describe.each(['api', 'worker'])('Dockerfile.%s', (app) => {
  const dockerfile = read(`Dockerfile.${app}`)

  test('runs the source without root rights, and is checked', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
    expect(last).toContain('USER node\n')
    expect(last).toContain('HEALTHCHECK ')
    expect(last).toContain(`CMD ["node", "apps/${app}/src/main.ts"]`)
  })

  test('installs for production, by the pinned pnpm and the lockfile', () => {
    expect(dockerfile).toContain('packageManager')
    expect(dockerfile).toContain('--frozen-lockfile --prod')
  })
})
