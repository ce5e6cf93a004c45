import { expect, test } from '@jest/globals'
import { combineSources } from './combine-sources.ts'
import { parseSources } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'

const combine = (inEnvironment: string, inFile: string) =>
  combineSources([
    ...parseSources(inEnvironment).sources,
    ...parseSourcesFile({ text: `sources: [${inFile}]` }).sources,
  ])

test('sources with a priority come first, then the others as written, SOURCES before the file', () => {
  const { sources } = combine(
    'http://env.example/|1',
    '{name: last, url: "http://a/"}, {name: second, url: "http://b/", priority: 2}, {name: first, url: "http://c/", priority: 1}',
  )
  expect(sources.map(({ name }) => name)).toEqual(['first', 'second', 'env.example', 'last'])
})

test('one login is one account with the smallest limit, wherever it is written', () => {
  const { sources, warnings } = combine(
    'http://a.example/get.php?username=u&password=p|5',
    '{name: films, url: "http://a.example/vod.php?username=u&password=p", limit: 2}, {name: other, url: "http://a.example/get.php?username=v&password=p"}',
  )
  expect(sources.map(({ accountId, limit }) => [accountId === sources[0]?.accountId, limit])).toEqual([
    [true, 2],
    [true, 2],
    [false, 1],
  ])
  expect(warnings).toEqual(['a.example, films: one account with different limits; the smallest, 2, is used'])
})
