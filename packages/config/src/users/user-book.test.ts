import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { loadSettings } from '../load-settings.ts'
import { createUserBook, type UserBook } from './user-book.ts'

let folder: string
let book: UserBook | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kptv-users-'))
})

afterEach(() => {
  book?.[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const tokenOf = (name: string) => `token-of-${name}`.padEnd(16, '-')
const write = (...names: readonly string[]) =>
  writeFileSync(
    join(folder, 'users.yaml'),
    `users:\n${names.map((name) => `  - name: ${name}\n    tokens: [{ label: tv, token: ${tokenOf(name)} }]\n`).join('')}`,
  )
const open = () => {
  const environment = { REDIS_URL: 'redis://x', SOURCES: 'http://one.example/', USERS_FILE: join(folder, 'users.yaml') }
  book = createUserBook(loadSettings(environment), { everyMs: 5 })
  return book
}
const namesOf = ({ current }: UserBook) => current()?.map(({ name }) => name)

test('users added to or removed from the file take effect at once; the secrets of removed ones stay secret', async () => {
  write('anna', 'ben')
  const users = open()
  let changes = 0
  users.onChange(() => changes++)
  expect(namesOf(users)).toEqual(['anna', 'ben'])
  write('anna')
  await eventually('ben is gone', () => namesOf(users)?.length === 1)
  expect(changes).toBe(1)
  expect(users.secrets()).toEqual(expect.arrayContaining([tokenOf('anna'), tokenOf('ben')]))
})

test('a bad or missing file opens nothing: the users stay as they were, and the problem is reported', async () => {
  write('anna')
  const users = open()
  writeFileSync(join(folder, 'users.yaml'), 'users: [{ name: anna }]')
  await eventually('the problem is reported', () => users.problems().length === 1)
  rmSync(join(folder, 'users.yaml'))
  await eventually('its absence is reported', () => users.problems()[0]?.includes('ENOENT') === true)
  expect(namesOf(users)).toEqual(['anna'])
  write('carl')
  await eventually('it is in use again', () => users.problems().length === 0)
  expect(namesOf(users)).toEqual(['carl'])
})

test('without USERS_FILE there are no users, which differs from an empty list', () => {
  book = createUserBook(loadSettings({ REDIS_URL: 'redis://x', SOURCES: 'http://one.example/' }))
  expect(book.current()).toBeUndefined()
})

test('a bad file stops the start', () => {
  writeFileSync(join(folder, 'users.yaml'), 'users: [{ name: anna, password: canary }]')
  expect(open).toThrow(/USERS_FILE=.*: line 1: users\[0\]\.password: must be a hash/)
})
