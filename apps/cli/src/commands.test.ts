import { PassThrough, Writable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { verifyPassword } from '@kptv/config'
import { runCommand } from './commands.ts'
import { readPassword } from './read-password.ts'

const noPassword = () => Promise.reject(new Error('not asked for'))

test('user hash prints a hash of the password, each time another one', async () => {
  const first = await runCommand(['user', 'hash'], async () => 'correct horse')
  const second = await runCommand(['user', 'hash'], async () => 'correct horse')
  expect(first.output).not.toBe(second.output)
  expect(await verifyPassword('correct horse', first.output ?? '')).toBe(true)
  expect(await verifyPassword('correct horse ', first.output ?? '')).toBe(false)
})

test('user token prints tokens that differ', async () => {
  const tokens = await Promise.all([1, 2].map(() => runCommand(['user', 'token'], noPassword)))
  expect(new Set(tokens.map(({ output }) => output)).size).toBe(2)
  expect(tokens[0]?.output).toMatch(/^[\w-]{32}$/)
})

test.each([[['user', 'hash', 'canary-password']], [['user']], [[]], [['--password=canary-password']]])(
  '%j is refused with the usage, and is not repeated',
  async (args) => {
    const { code, errors } = await runCommand(args, noPassword)
    expect(code).toBe(2)
    expect(errors.join('\n')).toContain('kptv user hash')
    expect(errors.join('\n')).not.toContain('canary')
  },
)

test('a short password is refused', async () => {
  expect(await runCommand(['user', 'hash'], async () => 'short')).toMatchObject({ code: 1 })
})

test('the password is the first line of a pipe', async () => {
  const input = new PassThrough()
  input.end('correct horse\r\nmore')
  expect(await readPassword(input, new PassThrough())).toBe('correct horse')
})

test('the prompt shows nothing of what is typed, and asks twice', async () => {
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
