import { expect, test } from '@jest/globals'
import { parseSources, type Source } from '@kptv/config'
import { askedWith } from './asked-with.ts'

const sourceOf = (url: string, given: Partial<Source> = {}): Source => ({ ...parseSources(url).sources[0]!, ...given })
const URL = 'http://one.example/get.php?username=joe77&password=word88&type=m3u'
const asked = askedWith(sourceOf(URL))

test.each<[string, Source]>([
  ['another password', sourceOf(URL.replace('word88', 'other99'))],
  ['another limit or priority', sourceOf(URL, { limit: 9, priority: 1 })],
  ['other fields of its streams', sourceOf(URL, { playHeaders: [['X', 'y']] })],
])('%s makes the same request', (_, source) => {
  expect(askedWith(source)).toBe(asked)
})

test.each<[string, Source]>([
  ['another host', sourceOf(URL.replace('one', 'two'))],
  ['another list', sourceOf(`${URL}_plus`)],
  ['filters', sourceOf(URL, { filters: { include: [], exclude: [{ field: 'name', pattern: 'x' }] } })],
  ['another agent', sourceOf(URL, { userAgent: 'VLC' })],
  ['fields of the list', sourceOf(URL, { listHeaders: [['X', 'y']] })],
  ['its own guide', sourceOf(URL, { epgUrl: 'http://g.example/' })],
])('%s makes a different request', (_, source) => {
  expect(askedWith(source)).not.toBe(asked)
})
