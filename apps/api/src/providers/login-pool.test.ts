import { expect, test } from '@jest/globals'
import { parseSourcesFile } from '@kptv/config'
import { createPlayableStreams } from './playable-streams.ts'

const settings = { userAgent: 'kptv', reqOrigin: undefined, reqReferrer: undefined, healthCheckTimeoutMs: 10_000 }
const { sources } = parseSourcesFile({
  text: `sources: [{name: pool, url: "http://one.example", type: xtream, logins: [
    {username: one, password: first, limit: 1}, {username: two, password: second, limit: 2}, {username: three, password: third}]}]`,
})
const playable = createPlayableStreams({ ...settings, sources: () => sources }, () => true)
const streamsOf = (url: string) =>
  playable({ streams: [{ id: '00000000000000ab', sourceId: sources[0]!.id, url, headers: [] }] })

test('a stream can be played with each login of its source, each with its own limit and record', () => {
  const streams = streamsOf('http://one.example/live/{secret-1}/{secret-2}/7.ts')
  expect(streams.map(({ limit }) => limit)).toEqual([1, 2, 1])
  expect(new Set(streams.map(({ accountId }) => accountId)).size).toBe(3)
  expect(new Set(streams.map(({ streamId }) => streamId)).size).toBe(3)
  expect(streams[0]?.streamId).toBe('00000000000000ab')
})

test('an address without a login is played with the first login only: each further one would add a connection', () => {
  expect(streamsOf('http://one.example/open/7.ts')).toHaveLength(1)
})
