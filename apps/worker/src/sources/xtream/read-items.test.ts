import { describe, expect, test } from '@jest/globals'
import { readItems } from './read-items.ts'

async function read(...texts: Array<string | Buffer>) {
  const items: unknown[] = []
  const chunks = (async function* () {
    for (const text of texts) yield Buffer.from(text)
  })()
  for await (const some of readItems(chunks)) items.push(...some)
  return items
}

test.each<[string, string, unknown[]]>([
  ['a list', '[{"a":1},{"a":[2]}]', [{ a: 1 }, { a: [2] }]],
  ['an object in place of a list', '{"7":{"a":1},"9":{"a":2}}', [{ a: 1 }, { a: 2 }]],
  ['an empty list', '[]', []],
  ['an empty object', '{}', []],
  ['null', 'null', []],
  ['false', 'false', []],
  ['nothing', '', []],
  ['a byte order mark', '\ufeff[1]', [1]],
  ['line breaks around it', '\r\n [1] \r\n\n', [1]],
  ['a warning of PHP behind it', '[1]<br />\n<b>Warning</b>', [1]],
])('%s', async (_, text, items) => {
  expect(await read(text)).toEqual(items)
})

test('cut anywhere, even inside a letter', async () => {
  const text = Buffer.from('[{"name":"Россия 1","n":1.5e3},null,"x"]')
  for (let at = 0; at <= text.length; at += 1) {
    expect(await read(text.subarray(0, at), text.subarray(at))).toEqual([{ name: 'Россия 1', n: 1500 }, null, 'x'])
  }
})

describe('what is refused', () => {
  test.each([
    ['HTML', '<!DOCTYPE html><html></html>', 'not-json'],
    ['text', 'Service suspended', 'not-json'],
    ['a list cut off', '[{"a":1},{"a"', 'cut-off'],
    ['a list without its end', '[{"a":1}', 'cut-off'],
    ['damage in the middle', '[{"a":1},}]', 'not-json'],
    ['a value without end', `["${'x'.repeat(3_000_000)}`, 'not-json'],
  ])('%s', async (_, text, code) => {
    await expect(read(text)).rejects.toMatchObject({ name: 'PanelError', code })
  })
})

test('a long list is read in steps', async () => {
  const list = Buffer.from(JSON.stringify(Array.from({ length: 20_000 }, (_, id) => ({ id, name: `Channel ${id}` }))))
  let [steps, largest, all] = [0, 0, 0]
  for await (const items of readItems(
    (async function* () {
      yield list
    })(),
  )) {
    steps += 1
    largest = Math.max(largest, items.length)
    all += items.length
  }
  expect(all).toBe(20_000)
  expect(steps).toBeGreaterThan(20)
  expect(largest).toBeLessThan(1_000)
})
