import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { eventually } from '../eventually.ts'
import { isPortOpen } from './free-port.ts'
import { reapAtExit } from './reap-at-exit.ts'

type ProcessOptions = {
  /** The TypeScript or JavaScript file that this same Node shall run; or give `command`. */
  readonly file?: string | URL
  readonly command?: string
  readonly arguments?: readonly string[]
  /** Settings of the process. Of our own environment it gets only {@link INHERITED}. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly workingDirectory?: string
  /** How failure messages call it. Default: the file or command. */
  readonly name?: string
}

type LogLine = {
  readonly from: 'stdout' | 'stderr'
  readonly text: string
  /** The line's object if it is a JSON log line. */
  readonly json?: Record<string, unknown>
  /** `performance.now()` of this process when the line came. */
  readonly atMs: number
}

/** The compile cache halves the work of a start; `npm test` says where it lies. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE'] as const

/** Shorter than the time limit of a test, so that its failure says what was awaited. */
const PATIENCE_MS = 45_000

type ProcessExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }
type LineMatch = string | RegExp | ((line: LogLine) => boolean)

export type StartedProcess = {
  readonly pid: number
  /** All lines so far, oldest first; grows. */
  readonly lines: readonly LogLine[]
  /** All lines so far as one text. */
  output(): string
  /**
   * The first line, past or future, that contains the text, matches the pattern or satisfies the
   * function.
   */
  waitForLine(match: LineMatch, options?: { readonly deadlineMs?: number }): Promise<LogLine>
  waitForPort(port: number, options?: { readonly deadlineMs?: number; readonly host?: string }): Promise<void>
  waitForExit(options?: { readonly deadlineMs?: number }): Promise<ProcessExit>
  /** How it ended, or undefined while it runs. */
  exit(): ProcessExit | undefined
  /** Sends one signal to this pid and does not wait. False when the process was gone already. */
  kill(signal?: NodeJS.Signals): boolean
  /**
   * Sends one signal (default SIGKILL) to it and all that it forked, at the same moment. False when
   * all are gone.
   */
  killGroup(signal?: NodeJS.Signals): boolean
  /** SIGSTOP: freezes it, sockets stay open. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /**
   * SIGTERM, then SIGKILL after `graceMs` (default 5 s) and SIGKILL for what it left behind;
   * resolves when it is gone.
   */
  stop(graceMs?: number): Promise<ProcessExit>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a process and collects its lines. It never outlives the tests: disposed by `await using`,
 * and killed when this process dies.
 *
 * @throws Error if the program cannot be started at all.
 */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const { command, commandArguments, name } = commandOf(options)
  const child = spawn(command, commandArguments, {
    cwd: options.workingDirectory,
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that its forks can be reaped with it.
    detached: true,
  })
  await once(child, 'spawn')
  reapAtExit(child)
  return watchProcess(child, name)
}

function commandOf(options: ProcessOptions): {
  readonly command: string
  readonly commandArguments: string[]
  readonly name: string
} {
  const commandArguments = [...(options.arguments ?? [])]
  if (options.command !== undefined) {
    return { command: options.command, commandArguments, name: options.name ?? options.command }
  }
  if (options.file === undefined) throw new Error('startProcess needs a file or a command')
  const file = options.file instanceof URL ? fileURLToPath(options.file) : options.file
  return { command: process.execPath, commandArguments: [file, ...commandArguments], name: options.name ?? file }
}

function environmentOf(options: ProcessOptions): Record<string, string> {
  const inherited = Object.fromEntries(INHERITED.map((key) => [key, process.env[key]]))
  const all = Object.entries({ ...inherited, ...options.env })
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function watchProcess(child: ChildProcess, name: string): StartedProcess {
  const lines: LogLine[] = []
  const pid = child.pid!
  let ended: ProcessExit | undefined
  const closed = new Promise<ProcessExit>((resolve) => {
    // After 'close' the last lines have been read; but a process that it forked may hold the pipe
    // open for long.
    child.once('close', (code, signal) => resolve({ code, signal }))
    child.once('exit', (code, signal) => {
      ended = { code, signal }
      // After a pause of this process timers come before what lies in the pipe: that is read first.
      setTimeout(() => setImmediate(() => resolve({ code, signal })), 500).unref()
    })
  })
  const keep = keepLines(`${name}-${pid}`)
  collectLines(child.stdout!, { from: 'stdout', lines, keep })
  collectLines(child.stderr!, { from: 'stderr', lines, keep })

  const output = () => lines.map((line) => line.text).join('\n')
  const described = (problem: string) => {
    const lastLines = lines.slice(-20).map((line) => `  ${line.text}`)
    return new Error([`${name} (pid ${pid}): ${problem}; its last lines:`, ...lastLines].join('\n'))
  }
  const kill = (signal: NodeJS.Signals = 'SIGTERM') => ended === undefined && child.kill(signal)

  const killGroup = (signal: NodeJS.Signals = 'SIGKILL') => {
    try {
      return process.kill(-pid, signal)
    } catch {
      return false
    }
  }

  const waitFor = async <Value>(
    what: string,
    look: () => Value | undefined | Promise<Value | undefined>,
    deadlineMs: number,
  ) => {
    const found = await eventually(what, async () => (await look()) ?? (ended && 'ended'), { deadlineMs }).catch(() => {
      throw described(`not within ${deadlineMs} ms: ${what}`)
    })
    if (found !== 'ended') return found as Value
    await closed
    const late = await look()
    if (late !== undefined) return late
    throw described(`ended (code ${ended?.code}, signal ${ended?.signal}) before this came true: ${what}`)
  }

  const waitForExit = async ({ deadlineMs = PATIENCE_MS } = {}) => {
    await waitFor('it ends', () => ended, deadlineMs)
    return closed
  }
  const stop = async (graceMs = 5_000) => {
    kill('SIGCONT')
    kill('SIGTERM')
    const timer = setTimeout(() => kill('SIGKILL'), graceMs)
    const exit = await closed
    clearTimeout(timer)
    killGroup('SIGKILL')
    return exit
  }

  return {
    pid,
    lines,
    output,
    waitForLine: (match, { deadlineMs = PATIENCE_MS } = {}) =>
      waitFor(`a line like ${String(match)}`, () => lines.find(lineTest(match)), deadlineMs),
    waitForPort: async (port, { deadlineMs = PATIENCE_MS, host = '127.0.0.1' } = {}) => {
      await waitFor(`port ${port} is open`, async () => (await isPortOpen(port, host)) || undefined, deadlineMs)
    },
    waitForExit,
    exit: () => ended,
    kill,
    killGroup,
    pause: () => void kill('SIGSTOP'),
    resume: () => void kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

type LineTarget = { readonly from: LogLine['from']; readonly lines: LogLine[]; readonly keep: (text: string) => void }

function collectLines(stream: Readable, { from, lines, keep }: LineTarget): void {
  createInterface({ input: stream }).on('line', (text) => {
    lines.push({ from, text, atMs: performance.now(), ...jsonOf(text) })
    keep(text)
  })
}

/** To find the cause of a failure: TEST_LOGS names a folder that keeps all lines. */
function keepLines(name: string): (text: string) => void {
  const folder = process.env.TEST_LOGS
  if (folder === undefined) return () => {}
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name.replaceAll(/[^\w-]/g, '-')}.log`)
  return (text) => appendFileSync(file, `${text}\n`)
}

function jsonOf(text: string): { readonly json?: Record<string, unknown> } {
  if (!text.startsWith('{')) return {}
  try {
    return { json: JSON.parse(text) }
  } catch {
    return {}
  }
}

function lineTest(match: LineMatch): (line: LogLine) => boolean {
  if (typeof match === 'function') return match
  if (typeof match === 'string') return (line) => line.text.includes(match)
  return (line) => match.test(line.text)
}
