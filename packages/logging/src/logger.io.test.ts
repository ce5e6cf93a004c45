import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { createLogger, type LoggerOptions } from './logger.ts'

const USER = 'CANARYu'
const PASSWORD = 'CANARY p/ä"'

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const logger = createLogger({
    bindings: { name: 'edge', node: 'n1' },
    debug: true,
    secrets: [USER, PASSWORD],
    redactUrl: (url) => `${url.split('://')[0]}://…`,
    destination: { write: (line) => void lines.push(line) },
    ...options,
  })
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

test('a line has its level as text, its time, bindings, fields and message', () => {
  const { logger, lines, last } = capture()
  logger.error({ channel: 'c1' }, 'it failed')
  expect(lines[0]).toContain('"level":"ERROR"')
  expect(last()).toEqual({
    level: 'ERROR',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    name: 'edge',
    node: 'n1',
    channel: 'c1',
    msg: 'it failed',
  })
})

test('levels', () => {
  const { logger, lines } = capture()
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, 'x')
  expect(lines.map((line) => (JSON.parse(line) as { readonly level: string }).level)).toEqual([
    'DEBUG',
    'INFO',
    'WARN',
    'ERROR',
  ])
})

test('hides debug lines unless they are enabled, in children too', () => {
  const { logger, lines } = capture({ debug: false })
  logger.debug({}, 'hidden')
  logger.child({ channel: 'c1' }).debug({}, 'hidden')
  logger.child({ channel: 'c1' }).info({}, 'shown')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('"channel":"c1"')
})

test('leaves a percent sign in a message alone', () => {
  const { logger, last } = capture()
  logger.info({}, '100%s %d %o')
  expect(last().msg).toBe('100%s %d %o')
})

test('keeps the useful parts of an error and drops what libraries attach to it', () => {
  const { logger, last } = capture()
  const cause = Object.assign(new TypeError('inner'), { code: 'ECONNRESET' })
  const error = Object.assign(new Error('outer', { cause }), {
    options: { url: 'http://x/y', headers: {} },
    status: 403,
  })
  logger.warn({ error }, 'x')
  expect(last().error).toEqual({
    type: 'Error',
    message: 'outer',
    status: 403,
    stack: expect.stringContaining('outer'),
    cause: { type: 'TypeError', message: 'inner', code: 'ECONNRESET', stack: expect.stringContaining('inner') },
  })
})

test('survives odd fields', () => {
  const { logger, lines } = capture()
  const circular: Record<string, unknown> = { big: 1n, symbol: Symbol('s'), fn() {}, lone: '\ud800' }
  circular.self = circular
  const loop = new Error('loop')
  loop.cause = loop
  logger.info(circular, 'one')
  logger.info({ err: loop }, 'two')
  logger.info({ err: new AggregateError([loop, 'text', null], 'many') }, 'three')
  logger.info({ err: 'not an error', error: undefined }, 'four')
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  expect(lines).toHaveLength(4)
})

describe('writes no form of a secret', () => {
  const url = `http://${USER}:${encodeURIComponent(PASSWORD)}@tv.example/live/${USER}/${encodeURIComponent(PASSWORD)}/1.ts`
  const basic = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
  const nested = new Error(`inner ${PASSWORD}`, { cause: new Error(url, { cause: { url, basic } }) })
  const aggregate = new AggregateError([new Error(url), new Error(basic)], PASSWORD)

  test.each<[string, object, string]>([
    ['message', {}, `failed ${url} ${PASSWORD} ${basic}`],
    ['field', { password: PASSWORD, url, basic }, 'x'],
    ['nested field', { a: { b: [{ c: url, d: [basic, PASSWORD] }] } }, 'x'],
    ['key', { [PASSWORD]: 1, [url]: 2 }, 'x'],
    ['error', { err: new Error(`${url} ${PASSWORD}`) }, 'x'],
    ['error with causes', { err: new Error(url, { cause: nested }) }, 'x'],
    ['many errors', { error: aggregate }, 'x'],
    ['stack', { stack: nested.stack }, 'x'],
    ['JSON in a text', { body: JSON.stringify({ body: JSON.stringify({ password: USER, url }) }) }, 'x'],
    ['path', { path: `/live/${USER}/${encodeURIComponent(PASSWORD)}/1.ts` }, 'x'],
    ['query', { query: new URLSearchParams({ username: USER, password: PASSWORD }).toString() }, 'x'],
    ['URL object', { url: new URL(url) }, 'x'],
    ['headers', { headers: new Map([['authorization', basic]]), list: [['Authorization', basic]] }, 'x'],
  ])('%s', (_name, fields, message) => {
    const { logger, lines } = capture()
    logger.debug(fields, message)
    logger.child(fields).error(fields, message)
    expect(lines).toHaveLength(2)
    const base64 = Buffer.from(`${USER}:${PASSWORD}`).toString('base64')
    for (const line of lines) {
      expect(line).not.toMatch(/CANARY|%C3%A4|tv\.example/i)
      expect(line).not.toContain(base64.slice(2, 10))
      expect(() => JSON.parse(line)).not.toThrow()
    }
  })
})

test.each(['process.exit(3)', 'throw new Error("crash")'])('writes all lines before %s', async (ending) => {
  const logging = fileURLToPath(new URL('./index.ts', import.meta.url))
  const script = `
    import { createLogger } from ${JSON.stringify(logging)}
    const logger = createLogger({ bindings: {}, debug: false, secrets: [], redactUrl: (url) => url })
    for (let number = 0; number < 2000; number += 1) logger.info({ number }, 'line')
    ${ending}`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    maxBuffer: 16 * 1024 * 1024,
  })
  const { stdout } = (await run.catch((error: unknown) => error)) as { readonly stdout: string }
  expect(stdout.trimEnd().split('\n')).toHaveLength(2_000)
})
