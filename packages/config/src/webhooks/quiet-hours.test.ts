import { expect, test } from '@jest/globals'
import { parseQuietHours } from './quiet-hours.ts'
import { parseWebhookEvents } from './webhook-events.ts'

test.each([
  ['22:00-07:30', { fromMinute: 1_320, untilMinute: 450 }],
  [' 00:00-23:59 UTC', { fromMinute: 0, untilMinute: 1_439, timeZone: 'UTC' }],
  ['13:00-14:00 Europe/Berlin', { fromMinute: 780, untilMinute: 840, timeZone: 'Europe/Berlin' }],
  ['22:00-22:00', undefined],
  ['24:00-07:00', undefined],
  ['22:60-07:00', undefined],
  ['10pm-7am', undefined],
  ['22:00-07:00 Europe/Nowhere', undefined],
  ['', undefined],
])('quiet hours %j', (text, expected) => {
  expect(parseQuietHours(text)).toEqual(expected)
})

test.each([
  ['alarms', ['alarms']],
  ['orders, logins', ['logins', 'orders']],
  ['all', ['alarms', 'switches', 'imports', 'nodes', 'logins', 'orders']],
  ['alarm', undefined],
  ['', undefined],
  ['alarms,alarms', undefined],
])('events %j', (text, expected) => {
  expect(parseWebhookEvents(text)).toEqual(expected)
})
