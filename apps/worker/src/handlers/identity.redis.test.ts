import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type ImportFixture, startImportFixture } from '../../test-support/import-fixture.ts'

// Processes and servers are started: only a hang shall end a test.
jest.setTimeout(120_000)

let fixture: ImportFixture
beforeAll(async () => {
  fixture = await startImportFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

type Login = { readonly host: string; readonly user: string; readonly password: string }
const OLD: Login = { host: 'http://one.example:8080', user: 'old-user', password: 'old-pass' }
const NEW: Login = { host: 'https://cdn7.one.example', user: 'n.user', password: 'n%20pass' }

/**
 * As panels write lists, with other kinds of addresses between, and some channels with several
 * streams.
 */
function madeEntries({ host, user, password }: Login): string[] {
  return Array.from({ length: 3000 }, (_, index) => {
    const channel = index % 1000
    const address = [
      `${host}/live/${user}/${password}/${index}.ts`,
      `${host}/${user}/${password}/${index}`,
      `${host}/play/${channel}/index.m3u8?username=${user}&password=${password}&n=${index}`,
    ][channel % 3]
    return `#EXTINF:-1 tvg-id="c${channel}" tvg-chno="${1 + (channel % 700)}",Télé ${channel} HD\n${address}`
  })
}

/** Channel ids with names, numbers and their streams' ids, in any order. */
async function identitiesOf(list: string, { user, password }: Login) {
  const { sources, importAll, build, channels } = fixture.setUp(
    { one: list },
    { login: `username=${user}&password=${password}` },
  )
  expect(sources).toHaveLength(1)
  await importAll()
  await build()
  return new Map(
    (await channels()).map(({ id, attributes, streams }) => [
      id,
      {
        number: attributes.find(([key]) => key === 'tvg-chno')?.[1],
        streams: streams.map((stream) => stream.id).sort(),
      },
    ]),
  )
}
const list = (entries: readonly string[]) => `#EXTM3U\n${entries.join('\n')}\n`

describe('the ids of channels and streams, and the numbers, are the same', () => {
  const shuffled = (entries: readonly string[]) => entries.toSorted((one, other) => mix(one) - mix(other))
  const mix = (text: string) => [...text].reduce((hash, sign) => (Math.imul(hash, 31) + sign.charCodeAt(0)) | 0, 7)
  const invisible = (entries: readonly string[]) =>
    entries.map((entry) => entry.replace(/,Télé (\d+) HD/, ',\u200e Te\u0301le\u0301\u00a0 $1\u200b ᴴᴰ\u200f'))

  test.each<[string, (entries: string[]) => string[], Login]>([
    ['in another order', shuffled, OLD],
    ['at another host, with other credentials', (entries) => entries, NEW],
    ['with invisible characters and other spaces', invisible, OLD],
    ['with all of it', (entries) => invisible(shuffled(entries)), NEW],
  ])('%s', async (_, change, login) => {
    const before = await identitiesOf(list(madeEntries(OLD)), OLD)
    expect(before.size).toBe(1000)
    expect(new Set([...before.values()].map(({ number }) => number)).size).toBe(1000)
    await fixture.empty()
    const after = await identitiesOf(list(change(madeEntries(login))), login)
    expect([...after].sort()).toEqual([...before].sort())
  })
})
