import { expect, test } from '@jest/globals'
import { loadSettings } from '@kptv/config'
import { countProcesses, formatPlace, parsePlace, settingsOfProcess } from './process-place.ts'

test.each([
  { number: 1, count: 1 },
  { number: 2, count: 4 },
])('a place survives the command line: %j', (place) => {
  expect(parsePlace(formatPlace(place))).toEqual(place)
})

test('without an argument it is the only place', () => {
  expect(parsePlace(undefined)).toEqual({ number: 1, count: 1 })
})

test.each(['', '0/1', '3/2', 'x/2', '1', '1.5/2'])('%j is not a place', (text) => {
  expect(() => parsePlace(text)).toThrow('is not the place of an edge process')
})

test.each([
  ['0', [0, 0]],
  ['9190', [9190, 9191]],
])('INTERNAL_PORT=%s: each process has its own', (port, ports) => {
  const settings = loadSettings({ REDIS_URL: 'redis://localhost', INTERNAL_PORT: port, EDGE_PROCESSES: '2' })
  expect([1, 2].map((number) => settingsOfProcess(settings, { number, count: 2 }).internalPort)).toEqual(ports)
})

test('each process is a separate node with its own admin port', () => {
  const settings = loadSettings({ REDIS_URL: 'redis://localhost', NODE_ID: 'edge-1', ADMIN_PORT: '9090', PORT: '80' })
  const shown = [1, 2, 3].map((number) => settingsOfProcess(settings, { number, count: 3 }))
  expect(shown.map(({ nodeId, adminPort, port }) => [nodeId, adminPort, port])).toEqual([
    ['edge-1', 9090, 80],
    ['edge-1#2', 9091, 80],
    ['edge-1#3', 9092, 80],
  ])
})

test.each<[number | 'auto', string, number]>([
  [1, 'linux', 1],
  [4, 'linux', 4],
  ['auto', 'linux', 8],
  [1, 'darwin', 1],
])('EDGE_PROCESSES=%s on %s: %d', (wanted, platform, count) => {
  expect(countProcesses(wanted, { platform, processors: 8 })).toEqual({ count })
})

test('where the kernel cannot share a port there is one process, and a warning', () => {
  expect(countProcesses('auto', { platform: 'darwin', processors: 8 })).toEqual({
    count: 1,
    warning: expect.stringContaining('EDGE_PROCESSES'),
  })
})
