import { describe, expect, test } from '@jest/globals'
import { channelsOf, windowOf } from './programme-query.ts'

const id = (number: number) => number.toString(16).padStart(16, '0')

describe('channels', () => {
  test('are named once each, in the order of the request', () => {
    expect(channelsOf({ channels: [id(2), id(1), id(2)].join() })).toEqual([id(2), id(1)])
  })

  test.each([
    [undefined],
    [''],
    [[id(1)]],
    ['news'],
    [`${id(1)},`],
    [id(1).toUpperCase().replace('1', 'A')],
    [Array.from({ length: 101 }, (_, index) => id(index)).join()],
    ['0,'.repeat(100_000)],
  ])('not usable: case %#', (channels) => {
    expect(channelsOf({ channels })).toBeUndefined()
  })
})

describe('the window', () => {
  const nowMs = Date.UTC(2026, 0, 1, 12)
  const hours = (window: ReturnType<typeof windowOf>) =>
    window && [window.fromMs, window.toMs].map((ms) => (ms - nowMs) / 3_600_000)

  test.each([
    [{}, [0, 24]],
    [{ from: '2026-01-01T13:00:00Z' }, [1, 25]],
    [{ to: '2026-01-01T13:00:00.000Z' }, [0, 1]],
    [{ from: '2026-01-01', to: '2026-01-02' }, [-12, 12]],
    [{ from: '2026-01-01T13:00+01:00' }, [0, 24]],
    [{ from: '2026-01-01T13:00 01:00' }, [0, 24]],
    [{ from: '2026-01-01T13:00' }, [1, 25]],
    [{ to: '2026-01-08T12:00Z' }, [0, 168]],
    [{ to: '2026-01-08T12:01Z' }, undefined],
    [{ to: '2026-01-01T12:00Z' }, undefined],
    [{ from: '2026-13-01' }, undefined],
    [{ from: 'yesterday' }, undefined],
    [{ from: ['2026-01-01', '2026-01-02'] }, undefined],
    [{ from: '' }, undefined],
  ])('%j', (query, expected) => {
    expect(hours(windowOf(query, nowMs))).toEqual(expected)
  })
})
