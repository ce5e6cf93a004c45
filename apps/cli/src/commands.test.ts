import { PassThrough, Writable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { verifyPassword } from '@kptv/config'
import { runCommand } from './commands.ts'
import { readPassword } from './read-password.ts'

const noPassword = (): Promise<string> => Promise.reject(new Error('not asked for'))

const run = async (args: readonly string[], readPassword = noPassword) => {
  const lines: string[] = []
  const result = await runCommand(args, {
    readPassword,
    adminPort: () => 1,
    print: (line) => lines.push(line),
  })
  return { ...result, lines }
}

test('user hash prints a hash of the password, a different one each time', async () => {
  const { lines: first } = await run(['user', 'hash'], async () => 'correct horse')
  const { lines: second } = await run(['user', 'hash'], async () => 'correct horse')
  expect(first).not.toEqual(second)
  expect(await verifyPassword('correct horse', first.join())).toBe(true)
  expect(await verifyPassword('correct horse ', first.join())).toBe(false)
})

test('user token prints a different token each time', async () => {
  const tokens = await Promise.all([1, 2].map(() => run(['user', 'token'])))
  expect(new Set(tokens.map(({ lines }) => lines.join())).size).toBe(2)
  expect(tokens[0]?.lines).toEqual([expect.stringMatching(/^[\w-]{32}$/)])
})

test.each([[['user', 'hash', 'canary-password']], [['user']], [[]], [['--password=canary-password']]])(
  '%j is refused with the usage, and is not repeated',
  async (args) => {
    const { code, errors, lines } = await run(args)
    expect([code, lines]).toEqual([2, []])
    expect(errors.join('\n')).toContain('kptv user hash')
    expect(errors.join('\n')).not.toContain('canary')
  },
)

test('a short password is refused', async () => {
  expect(await run(['user', 'hash'], async () => 'short')).toMatchObject({ code: 1, lines: [] })
})

test('the password is the first line of a pipe', async () => {
  const input = new PassThrough()
  input.end('correct horse\r\nmore')
  expect(await readPassword(input, new PassThrough())).toBe('correct horse')
})

test('the prompt hides the input, and asks twice', async () => {
  const shown: string[] = []
  const screen = new Writable({
    write(chunk, _encoding, done) {
      shown.push(String(chunk))
      done()
    },
  })
  const type = async (...lines: readonly string[]) => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const reading = readPassword(input, screen)
    for (const line of lines) {
      await new Promise(setImmediate)
      input.write(`${line}\n`)
    }
    return reading
  }
  expect(await type('correct horse', 'correct horse')).toBe('correct horse')
  await expect(type('correct horse', 'another')).rejects.toThrow('differ')
  expect(shown.join('')).not.toContain('horse')
})
