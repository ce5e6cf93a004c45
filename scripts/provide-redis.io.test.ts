import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { type ProvidedRedis, provideRedis } from './provide-redis.ts'

const parent = mkdtempSync(join(tmpdir(), 'kptv-start-'))
const folder = join(parent, 'private', 'redis')
let provided: ProvidedRedis | undefined

afterEach(async () => {
  await provided?.child?.stop(0, AbortSignal.abort())
  rmSync(parent, { recursive: true, force: true })
})

function answerTo(port: number, command: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`))
  socket.once('error', reject).once('data', (answer) => {
    socket.destroy()
    resolve(answer.toString())
  })
  return promise
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('the Redis of npm start is private: a password, and folders and files that only its user may read', async () => {
  provided = await provideRedis(undefined, () => {}, folder)
  const { port, password } = new URL(provided.url)
  expect(await answerTo(Number(port), 'DBSIZE')).toMatch(/^-NOAUTH/)
  expect(await answerTo(Number(port), `AUTH ${password}`)).toBe('+OK\r\n')
  expect(password.length).toBeGreaterThanOrEqual(32)
  expect([join(parent, 'private'), folder].map(modeOf)).toEqual(['700', '700'])
  expect(['password', 'port', 'redis.conf'].map((file) => modeOf(join(folder, file)))).toEqual(['600', '600', '600'])
  expect(readFileSync(join(folder, 'password'), 'utf8')).toBe(password)

  // Nobody else may use the folder while it runs.
  await expect(provideRedis(undefined, () => {}, folder)).rejects.toThrow(`already runs on port ${port}`)
}, 120_000)
