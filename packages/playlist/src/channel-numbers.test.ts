import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareClaims, createNumberResolver, type NumberClaim, numberClaim, withNumber } from './channel-numbers.ts'

function resolve(claims: readonly NumberClaim[]): Map<string, string | undefined> {
  const resolver = createNumberResolver()
  const sorted = claims.toSorted(compareClaims)
  const changes = [...sorted.flatMap((claim) => resolver.push(claim)), ...resolver.end()]
  const written = new Map(
    claims.map(([major, minor, , id]) => [id, minor === '' ? String(major) : `${major}.${minor}`]),
  )
  return new Map([...written, ...changes.map(({ id, number }) => [id, number] as const)])
}
const claim = (number: string, source: number, id: string) => numberClaim([['tvg-chno', number]], source, id)!
/** Ids of channels are hashes: their digits are spread evenly. */
const hashed = (index: number) => (index * 0x9e3779b97f4a7) % 2 ** 48
const idOf = (number: number) => number.toString(16).padStart(16, '0')

describe('a claim to a number', () => {
  test.each([
    ['7', [7, '']],
    [' 007 ', [7, '']],
    ['5.1', [5, '1']],
    ['999999999', [999_999_999, '']],
  ])('%j does', (number, [major, minor]) => {
    for (const key of ['tvg-chno', 'TVG_CHNO', 'channel-number', 'ch-number']) {
      expect(
        numberClaim(
          [
            ['tvg-id', '3'],
            [key, number],
          ],
          2,
          'x',
        ),
      ).toEqual([major, minor, 2, 'x'])
    }
  })

  test.each(['', '0', '-1', '1e309', 'BS141', '5.', '.5', '5.12345', '1,5', 'NaN', '12345678901'])(
    '%j does not',
    (number) => {
      expect(numberClaim([['tvg-chno', number]], 0, 'x')).toBeUndefined()
    },
  )
})

describe('of several channels with one number', () => {
  test('the one of the best source keeps it, then the one with the lowest id; the others get new numbers', () => {
    const numbers = resolve([
      claim('5', 1, idOf(1)),
      claim('5', 0, idOf(300)),
      claim('5', 0, idOf(200)),
      claim('6', 1, idOf(9)),
    ])
    expect(numbers.get(idOf(200))).toBe('5')
    expect(numbers.get(idOf(9))).toBe('6')
    expect(numbers.get(idOf(300))).toBe(`5.${1 + (300 % 99)}`)
    expect(numbers.get(idOf(1))).toBe('5.2')
  })

  test('no channel gets a number that another claims', () => {
    const numbers = resolve([claim('5', 0, idOf(0)), claim('5', 1, idOf(1)), claim('5.2', 3, idOf(7))])
    expect(numbers.get(idOf(7))).toBe('5.2')
    expect(numbers.get(idOf(1))).toBe('5.100')
  })

  test('channels that appear or disappear change no other number, unless they claim it', () => {
    const all = [claim('5', 0, idOf(0)), claim('5', 1, idOf(10)), claim('5', 1, idOf(20)), claim('8', 1, idOf(30))]
    const fewer = resolve(all.filter(([, , , id]) => id !== idOf(10)))
    for (const [id, number] of fewer) expect(resolve(all).get(id)).toBe(number)
  })

  test('channels beyond the available numbers have none', () => {
    const numbers = resolve(Array.from({ length: 20_000 }, (_, index) => claim('1', 0, idOf(hashed(index)))))
    const given = [...numbers.values()].filter((number) => number !== undefined)
    expect(new Set(given).size).toBe(given.length)
    expect(given.length).toBe(1 + 9_000)
  })
})

test('numbers are unique and do not depend on the order of the list', () => {
  const claims = fc.uniqueArray(
    fc.record({
      id: fc.nat(5000),
      major: fc.integer({ min: 1, max: 5 }),
      minor: fc.option(fc.nat(9)),
      source: fc.nat(2),
    }),
    { selector: ({ id }) => id, maxLength: 200 },
  )
  fc.assert(
    fc.property(claims, (list) => {
      const made = list.map(({ id, major, minor, source }) =>
        claim(minor === null ? `${major}` : `${major}.${minor}`, source, idOf(id)),
      )
      const numbers = resolve(made)
      const given = [...numbers.values()].filter((number) => number !== undefined)
      expect(new Set(given).size).toBe(given.length)
      expect(resolve(made.toReversed())).toEqual(numbers)
    }),
  )
})

test('the new number replaces the old one everywhere; no number removes it', () => {
  const attributes = [
    ['tvg-chno', '5'],
    ['tvg-id', '5'],
    ['CH_NUMBER', '5'],
    ['channel-number', 'BS5'],
  ] as const
  expect(withNumber(attributes, '5.7')).toEqual([
    ['tvg-chno', '5.7'],
    ['tvg-id', '5'],
    ['CH_NUMBER', '5.7'],
    ['channel-number', 'BS5'],
  ])
  expect(withNumber(attributes, undefined)).toEqual([
    ['tvg-id', '5'],
    ['channel-number', 'BS5'],
  ])
})
