import { expect, test } from '@jest/globals'
import { SETTINGS } from './settings.ts'
import { showSettings } from './show-settings.ts'

const shown = (environment: Record<string, string>, name: string) =>
  showSettings(environment).find((setting) => setting.name === name)

test('every setting is shown, with its meaning and its default', () => {
  expect(showSettings({}).map(({ name }) => name)).toEqual(Object.keys(SETTINGS))
  expect(shown({}, 'PORT')).toEqual({
    name: 'PORT',
    value: null,
    default: '8080',
    isSet: false,
    isSecret: false,
    meaning: SETTINGS.PORT.meaning,
  })
  expect(shown({ PORT: '80' }, 'PORT')).toMatchObject({ value: '80', isSet: true })
  // Docker Compose passes variables on that have no value.
  expect(shown({ PORT: '' }, 'PORT')).toMatchObject({ value: null, isSet: false })
})

test('the meaning does not lead to other parts of the document', () => {
  for (const { meaning } of showSettings({})) expect(meaning).not.toContain('below')
  expect(shown({}, 'SOURCES_FILE')?.meaning).toBe(
    'YAML file with more sources, or more about each; read again when it changes.',
  )
})

test.each([
  ['SOURCES', 'http://tv.example/get.php?username=CANARY&password=CANARY|1', null],
  ['ADMIN_PASSWORD', 'CANARY', null],
  ['REDIS_URL', 'redis://CANARY:CANARY@redis.example:6379/2', 'redis://(hidden)@redis.example:6379/2'],
  ['RELAY_REDIS_URL', 'redis+sentinel://:CANARY@one,two/kptv?sentinel_password=CANARY', undefined],
  [
    'REQ_REFERRER',
    'https://CANARY:CANARY@player.example/page?key=CANARY',
    'https://(hidden)@player.example/page?(hidden)',
  ],
])('no secret of %s is shown', (name, text, value) => {
  const setting = shown({ [name]: text }, name)
  expect(JSON.stringify(setting)).not.toContain('CANARY')
  expect(setting?.isSet).toBe(true)
  if (value !== undefined) expect(setting?.value).toBe(value)
})

test('a value marked as a secret is never shown', () => {
  const environment = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, 'http://u:CANARY@host/?x=CANARY']))
  for (const { name, isSecret, value } of showSettings(environment))
    expect([name, isSecret && (value ?? '').includes('CANARY')]).toEqual([name, false])
})
