import { describe, expect, test } from '@jest/globals'
import { createLoginCheck, LoginsBusyError } from './remembered-logins.ts'

const HASH = 'hash of "right"'

function createFixture() {
  const checks: string[] = []
  let nowMs = 1_000
  const logins = createLoginCheck({
    monotonicMs: () => nowMs,
    verify: async (password, hash) => {
      checks.push(hash)
      return password === 'right' && hash === HASH
    },
  })
  return { logins, checks, pass: (ms: number) => (nowMs += ms) }
}

describe('a password', () => {
  test('that was right is not checked again for five minutes', async () => {
    const { logins, checks, pass } = createFixture()
    expect(logins.isRemembered('right', HASH)).toBe(false)
    expect(await logins.check('right', HASH)).toBe(true)
    pass(299_000)
    expect(logins.isRemembered('right', HASH)).toBe(true)
    expect(await logins.check('right', HASH)).toBe(true)
    expect(checks).toHaveLength(1)
    pass(2_000)
    expect(logins.isRemembered('right', HASH)).toBe(false)
  })

  test('that was wrong is checked each time', async () => {
    const { logins, checks } = createFixture()
    expect(await logins.check('wrong', HASH)).toBe(false)
    expect(await logins.check('wrong', HASH)).toBe(false)
    expect(checks).toHaveLength(2)
  })

  test('is a different one once its hash has changed', async () => {
    const { logins } = createFixture()
    await logins.check('right', HASH)
    expect(logins.isRemembered('right', 'another hash')).toBe(false)
  })

  test('for an unknown name costs the same check, and is never right', async () => {
    const { logins, checks } = createFixture()
    expect(await logins.check('right', undefined)).toBe(false)
    expect(checks[0]).toMatch(/^\$argon2id\$/)
    expect(logins.isRemembered('right', undefined)).toBe(false)
  })

  test('that many requests bring at once is checked once', async () => {
    const { logins, checks } = createFixture()
    const answers = await Promise.all(Array.from({ length: 50 }, () => logins.check('right', HASH)))
    expect(new Set(answers)).toEqual(new Set([true]))
    expect(checks).toHaveLength(1)
  })
})

test('a flood of passwords is refused before it takes all processors', async () => {
  const { logins } = createFixture()
  const answers = await Promise.allSettled(Array.from({ length: 200 }, (_, at) => logins.check(`wrong ${at}`, HASH)))
  const refused = answers.filter((answer) => answer.status === 'rejected')
  expect(refused.length).toBeGreaterThan(100)
  expect(refused.every(({ reason }) => reason instanceof LoginsBusyError)).toBe(true)
})
