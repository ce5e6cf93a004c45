import { expect, test } from '@jest/globals'
import { readPanelAccount } from './panel-account.ts'

const read = (user: object, server?: object) => readPanelAccount({ user_info: user, server_info: server })

test('numbers may be strings, and missing ones are unknown', () => {
  expect(read({ auth: 1, status: 'Active', exp_date: '1900000000', max_connections: '2', active_cons: '0' })).toEqual({
    isAccepted: true,
    status: 'active',
    expiresAtMs: 1_900_000_000_000,
    maxConnections: 2,
    activeConnections: 0,
  })
  expect(read({ auth: '1', exp_date: null, max_connections: null, active_cons: 3 })).toEqual({
    isAccepted: true,
    status: 'unknown',
    activeConnections: 3,
  })
})

test.each<[object, boolean]>([
  [{ auth: 0 }, false],
  [{ auth: '0', status: 'Active' }, false],
  [{ auth: false }, false],
  [{ auth: true }, true],
  [{ auth: 1, status: 'Banned' }, false],
  [{ auth: 1, status: 'EXPIRED' }, false],
  [{ auth: 1, status: 'Trial' }, true],
  [{ username: 'u', status: 'Active' }, true],
  [{}, false],
])('%j is accepted: %s', (user, isAccepted) => {
  expect(read(user)?.isAccepted).toBe(isAccepted)
})

test('a time zone that does not exist is left out', () => {
  expect(read({ auth: 1 }, { timezone: 'Europe/Berlin' })?.timeZone).toBe('Europe/Berlin')
  expect(read({ auth: 1 }, { timezone: 'Mars/Olympus' })).not.toHaveProperty('timeZone')
  expect(read({ auth: 1 }, [] as object)).not.toHaveProperty('timeZone')
})

test.each([undefined, null, [], 'text', { user_info: [] }, { user_info: null }, { other: 1 }])(
  '%j is not a panel',
  (answer) => {
    expect(readPanelAccount(answer)).toBeUndefined()
  },
)
