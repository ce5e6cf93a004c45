import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { loadSettings } from '@kptv/config'
import { timingWith } from '@kptv/coordination'

const REDIS_URL = 'redis://127.0.0.1'

const defaultTiming = timingWith({})

test.each(Object.entries(defaultTiming))('CLUSTER_TIMES may name %s', (name, ms) => {
  const CLUSTER_TIMES = `${name.replace(/Ms$/, '')}=${ms}ms`
  const { clusterTimes } = loadSettings({ REDIS_URL, CLUSTER_TIMES })
  expect(clusterTimes).toEqual({ [name]: ms })
  expect(timingWith(clusterTimes)).toEqual(defaultTiming)
})

test('docs/settings.md has a row for each of them, with its default', () => {
  const page = readFileSync(new URL('../../../../docs/settings.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('\n## CLUSTER_TIMES\n')
  const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (\w+) \| (\d+\w+) \|/gm)]
  const CLUSTER_TIMES = rows.map(([, name, value]) => `${name}=${value}`).join(',')
  expect(loadSettings({ REDIS_URL, CLUSTER_TIMES }).clusterTimes).toEqual(defaultTiming)
})

test('stops the start if times do not fit together, and names the rule that they break', async () => {
  const env = { PATH: process.env.PATH, REDIS_URL, CLUSTER_TIMES: 'deadline=3s' }
  const starting = promisify(execFile)(process.execPath, [fileURLToPath(new URL('../main.ts', import.meta.url))], {
    env,
  })
  await expect(starting).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/CLUSTER_TIMES: .*deadlineMs \+ 300 ≤ killAfterMs does not hold/),
  })
}, 60_000)
