import { describe, expect, test } from '@jest/globals'
import { accountAlarms, decodeAccounts, type SourceAccount } from './source-accounts.ts'

const NOW_MS = Date.UTC(2027, 0, 10)
const CHECKED = '2027-01-09T00:00:00.000Z'
const accountWith = (more: Partial<SourceAccount> = {}): SourceAccount => ({
  account: 'a-1',
  checkedAt: CHECKED,
  isAccepted: true,
  status: 'active',
  ...more,
})
const codesOf = (more: Partial<SourceAccount>, limit = 2) =>
  accountAlarms(accountWith(more), limit, NOW_MS).map(({ code }) => code)

describe('an account raises an alarm', () => {
  test.each<[string, Partial<SourceAccount>, string[]]>([
    ['ends in a week and a second', { expiresAt: '2027-01-17T00:00:01Z' }, []],
    ['ends in exactly a week', { expiresAt: '2027-01-17T00:00:00Z' }, ['account-expires-soon']],
    ['ends tonight', { expiresAt: '2027-01-10T22:00:00Z' }, ['account-expires-soon']],
    ['ends now', { expiresAt: '2027-01-10T00:00:00Z' }, ['account-expired']],
    ['has ended, says the provider', { status: 'expired' }, ['account-expired']],
    ['has ended, and is refused: one alarm says it', { status: 'expired', isAccepted: false }, ['account-expired']],
    ['is refused', { isAccepted: false, status: 'banned' }, ['account-refused']],
    ['is refused, and would end soon', { isAccepted: false, expiresAt: '2027-01-12T00:00:00Z' }, ['account-refused']],
    ['has no end', {}, []],
    ['has an end that cannot be read', { expiresAt: 'soon' }, []],
    ['allows fewer connections than the settings', { maxConnections: 1 }, ['account-limit-too-high']],
    ['allows as many', { maxConnections: 2 }, []],
    ['allows more', { maxConnections: 3 }, []],
    [
      'has two faults',
      { maxConnections: 1, expiresAt: '2027-01-11T00:00:00Z' },
      ['account-expires-soon', 'account-limit-too-high'],
    ],
    [
      'was not reached: what is known of it may be old',
      { status: 'unreached', isAccepted: false, maxConnections: 1 },
      [],
    ],
  ])('when it %s', (_, more, codes) => {
    expect(codesOf(more)).toEqual(codes)
  })

  test('counts as lower if it states a number where the settings allow any', () => {
    expect(codesOf({ maxConnections: 5 }, Number.POSITIVE_INFINITY)).toEqual(['account-limit-too-high'])
  })

  test('as a sentence for people, since the last check', () => {
    const alarms = accountAlarms(accountWith({ maxConnections: 1, expiresAt: '2027-01-12T10:00:00Z' }), 3, NOW_MS)
    expect(alarms).toEqual([
      { code: 'account-expires-soon', message: 'The subscription ends on 2027-01-12.', since: CHECKED },
      {
        code: 'account-limit-too-high',
        message: 'The limit of this source is higher than that of its account: the provider allows 1.',
        since: CHECKED,
      },
    ])
  })
})

test('accounts that cannot be read are left out', () => {
  const good = accountWith()
  expect(decodeAccounts(JSON.stringify([good, null, 3, { account: 'x' }, { ...good, isAccepted: 'yes' }]))).toEqual([
    good,
  ])
  for (const text of [undefined, '', '{}', '{', 'null']) expect(decodeAccounts(text)).toEqual([])
})
