import { spawn } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { causeOfDeath, type Death, isStarved } from './cause-of-death.ts'
import { parseStat, readProcess } from './read-process.ts'

const killed: Death = { code: null, signal: 'SIGKILL', wasSilent: false, lastHeard: undefined, atKill: undefined }
const facts = (cpuMs: number, isStopped = false, isWaiting = false) => ({ cpuMs, isStopped, isWaiting })

test.each<[string, Partial<Death>, string | undefined]>([
  ['silent and busy', { wasSilent: true, lastHeard: facts(500), atKill: facts(3_400) }, 'silent'],
  ['silent and starved', { wasSilent: true, lastHeard: facts(500), atKill: facts(700) }, undefined],
  ['stopped by a signal', { wasSilent: true, lastHeard: facts(500), atKill: facts(3_400, true) }, undefined],
  ['silent, and nothing is known', { wasSilent: true }, undefined],
  ['killed by somebody', {}, undefined],
  ['aborted by Node', { signal: 'SIGABRT' }, 'out-of-memory'],
  ['aborted by Node, seen through a shell', { code: 134, signal: null }, 'out-of-memory'],
  ['an uncaught error', { code: 1, signal: null }, 'crashed'],
  ['in order', { code: 0, signal: null }, undefined],
  ['interrupted', { signal: 'SIGINT' }, undefined],
])('%s', (_, death, cause) => {
  expect(causeOfDeath({ ...killed, ...death })).toBe(cause)
})

test.each([
  ['that waits for its turn', facts(700, false, true), true],
  ['that has used its time', facts(1_600, false, true), false],
  ['that sleeps', facts(700), false],
  ['that is stopped', facts(700, true), false],
  ['of which nothing is known', undefined, false],
])('a silent process %s', (_, now, expected) => {
  expect(isStarved(facts(500), now)).toBe(expected)
})

const stat = (name: string, state: string) =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194304 1 0 0 0 120 30 0 0 20 0 11 0 9`

test.each([
  ['node', 'R', { isStopped: false, isWaiting: true, cpuMs: 1_500 }],
  ['node', 'D', { isStopped: false, isWaiting: true, cpuMs: 1_500 }],
  ['a) T 9 (b', 'S', { isStopped: false, isWaiting: false, cpuMs: 1_500 }],
  ['node', 'T', { isStopped: true, isWaiting: false, cpuMs: 1_500 }],
])('the line of a process called %s in state %s', (name, state, expected) => {
  expect(parseStat(stat(name, state))).toEqual(expected)
})

test('nonsense yields no cause', () => {
  expect(parseStat('')).toBeUndefined()
  expect(readProcess(undefined)).toBeUndefined()
})

test('a stopped process is recognised on Linux', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  try {
    if (process.platform !== 'linux') return
    expect(readProcess(child.pid)?.isStopped).toBe(false)
    child.kill('SIGSTOP')
    while (readProcess(child.pid)?.isStopped === false) await new Promise(setImmediate)
    expect(readProcess(child.pid)?.isStopped).toBe(true)
  } finally {
    child.kill('SIGKILL')
  }
})
