import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { usersFileSchema } from '../describe-settings.ts'
import { linkTokenOf } from './link-token.ts'
import { parseUsersFile } from './parse-users-file.ts'

const HASH = '$argon2id$v=19$m=19456,t=2,p=1$0000000000000000000000$0000000000000000000000000000000000000000000'
const anna = `  - name: anna\n    password: "${HASH}"\n`
const parse = (...users: readonly string[]) => parseUsersFile({ text: `users:\n${users.join('')}` })
const problemsOf = (...users: readonly string[]) =>
  parse(...users).problems.map(({ line, message }) => `${line}: ${message}`)

describe('users.example.yaml', () => {
  const text = readFileSync(new URL('../../../../users.example.yaml', import.meta.url), 'utf8')

  test('is allowed, and names its schema for editors', () => {
    expect(parseUsersFile({ text }).problems).toEqual([])
    expect(text).toMatch(/^# yaml-language-server: \$schema=docs\/users\.schema\.json\n/)
  })

  test('shows every field of a user', () => {
    const schema = JSON.parse(usersFileSchema())
    const fields = Object.keys(schema.properties.users.items.properties)
    expect(fields.length).toBeGreaterThan(5)
    expect(fields.filter((field) => !new RegExp(`^ {2,}(?:- )?${field}:`, 'm').test(text))).toEqual([])
  })
})

test('makes everything unwritten unlimited and open', () => {
  expect(parse(anna).users).toEqual([
    {
      name: 'anna',
      passwordHash: HASH,
      tokens: [],
      streams: Number.POSITIVE_INFINITY,
      onLimit: 'refuse',
      priority: 0,
      role: 'viewer',
      sees: undefined,
      networks: [],
      endAtMs: undefined,
      linkNumber: 1,
    },
  ])
})

test.each([
  ['2027-12-31', '2028-01-01T00:00:00Z'],
  ['2027-12-31T20:00:00Z', '2027-12-31T20:00:00Z'],
  ['2027-12-31T20:00+02:00', '2027-12-31T18:00:00Z'],
])('the end %s is %s', (written, expected) => {
  expect(parse(`${anna}    end: ${written}\n`).users[0]?.endAtMs).toBe(Date.parse(expected))
})

test.each([
  [
    'a password as people type it',
    '  - name: anna\n    password: canary-password\n',
    '3: users[0].password: must be a hash',
  ],
  [
    'a hash that would stop an edge',
    `  - name: anna\n    password: "${HASH.replace('m=19456', 'm=9999999')}"\n`,
    '3: users[0].password: must be a hash',
  ],
  [
    'a short token',
    '  - name: anna\n    tokens: [{ label: a, token: canary }]\n',
    '3: users[0].tokens[0].token: must be 16 to 128',
  ],
  ['no name', '  - streams: 1\n', '2: users[0].name: is missing'],
  ['a name that is no part of a path', '  - name: a/b\n', '2: users[0].name: must be 1 to 64'],
  ['no streams', `${anna}    streams: 0\n`, '4: users[0].streams: must be a whole number from 1 to 1000, or unlimited'],
  ['no day', `${anna}    end: 2027-13-01\n`, '4: users[0].end: must be a day'],
  ['a priority too high', `${anna}    priority: 101\n`, '4: users[0].priority: must be a whole number from 0 to 100'],
  ['no role', `${anna}    role: root\n`, '4: users[0].role: must be viewer or admin'],
  [
    'an operator without a password',
    '  - name: anna\n    role: admin\n    networks: [10.0.0.0/8]\n',
    '3: role: needs a password',
  ],
  ['no network', `${anna}    networks: [everywhere]\n`, '4: users[0].networks[0]: must be networks'],
  [
    'no pattern',
    `${anna}    sees: { include: { name: "(" } }\n`,
    '4: users[0].sees.include.name: must be a regular expression',
  ],
  ['an unknown field', `${anna}    colour: red\n`, '4: users[0].colour: is unknown here'],
  ['no way in', '  - name: anna\n', '2: name: needs a password, tokens, or networks'],
  ['two users of one name', `${anna}${anna.replace('anna', 'Anna')}`, '4: name: is the name of another user already'],
])('%s is refused with its line, without its value', (_, users, expected) => {
  const problems = problemsOf(users)
  expect(problems[0]?.startsWith(expected)).toBe(true)
  expect(problems.join()).not.toContain('canary')
})

test('two devices have different tokens', () => {
  const token = '      - { label: a, token: aaaaaaaaaaaaaaaa }\n'
  expect(problemsOf(`${anna}    tokens:\n${token}${token}`)).toEqual(['6: tokens.1.token: is given twice'])
})

test('names that output paths start with are refused: such a login would look like a path', () => {
  expect(problemsOf(anna.replace('anna', 'stream'))[0]).toContain('cannot be the name of a user')
})

test("another password or another number of links revokes a user's links", () => {
  const tokenOf = (text: string) => linkTokenOf(parse(text).users[0]!)
  const other = anna.replace('$0000', '$0001')
  const tokens = [anna, anna, other, `${anna}    links: 2\n`].map(tokenOf)
  expect(tokens[0]).toMatch(/^[\w-]{32}$/)
  expect(tokens[0]).toBe(tokens[1])
  expect(new Set(tokens).size).toBe(3)
})
