import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('docs/operations.md has a row for each figure of apps/api/src/events/metrics.ts, with its labels, and no other', () => {
  const figures = read('apps/api/src/events/metrics.ts').matchAll(
    /(gauge|counter)(?:Of)?\('(kptv_\w+)',[^[\])]*(?:\[([^\]]*)\])?/g,
  )
  const counted = [...figures].map(([, type, name, labels]) => {
    const names = [...(labels ?? '').matchAll(/'(\w+)'/g)].map(([, label]) => label)
    return `${name}${names.length === 0 ? '' : `{${names.join(',')}}`} ${type}`
  })
  const rows = read('docs/operations.md').matchAll(/^\| `(kptv_[^`]+)` \| (\w+) \|/gm)
  expect([...rows].map(([, name, type]) => `${name} ${type}`).sort()).toEqual(counted.sort())
})
