import { describe, expect, test } from '@jest/globals'
import { parseWebhooks, secretsOfWebhooks } from './parse-webhooks.ts'

const BASIC = `Basic ${Buffer.from('ann:wörd').toString('base64')}`

describe('an address', () => {
  test.each([
    ['https://discord.com/api/webhooks/1/abc', 'discord', '1-discord.com'],
    ['https://canary.discord.com/api/webhooks/1/abc', 'discord', '1-canary.discord.com'],
    ['https://hooks.slack.com/services/T/B/X', 'slack', '1-hooks.slack.com'],
    ['https://ntfy.sh/topic', 'ntfy', '1-ntfy.sh'],
    ['https://home.example:8123/api/webhook/abc', 'json', '1-home.example'],
    ['http://[fd00::1]/hook', 'json', '1--fd00--1-'],
    ['json+https://discord.com/api/webhooks/1/abc', 'json', '1-discord.com'],
    ['Slack+http://10.0.0.5/topic', 'slack', '1-10.0.0.5'],
    ['slack+https://chat.example/hooks/abc', 'slack', '1-chat.example'],
    ['https://discord.com.evil.example/api', 'json', '1-discord.com.evil.example'],
  ])('%s is %s', (address, format, id) => {
    expect(parseWebhooks(address)).toEqual([{ id, format, url: address.replace(/^[a-z]+\+/i, '') }])
  })

  test('moves its login into the header field', () => {
    expect(parseWebhooks('ntfy+https://ann:w%C3%B6rd@ntfy.example/topic')).toEqual([
      { id: '1-ntfy.example', format: 'ntfy', url: 'https://ntfy.example/topic', authorization: BASIC },
    ])
  })

  test.each([
    [''],
    ['discord.com/api'],
    ['ftp://x.example/'],
    ['teams+https://x.example/'],
    ['https://'],
    ['https://ntfy.sh/'],
    ['https://x.example/#part'],
    ['https://x.example/ nonsense'],
  ])('%j is refused', (text) => {
    expect(parseWebhooks(text)).toBeUndefined()
  })
})

test('are separated by white space; equal hosts differ by their position', () => {
  const found = parseWebhooks(' https://a.example/1\nhttps://a.example/2\t\n')
  expect(found?.map(({ id }) => id)).toEqual(['1-a.example', '2-a.example'])
  expect(parseWebhooks(Array.from({ length: 21 }, () => 'https://a.example/').join(' '))).toBeUndefined()
})

test('keeps everything secret that lets somebody write there, except words that all addresses share', () => {
  const secrets = secretsOfWebhooks(
    parseWebhooks('https://ann:pw12@x.example/api/webhooks/123456/to%20word77?auth=qwerty&v=1')!,
  )
  for (const secret of ['ann', 'pw12', '123456', 'to%20word77', 'to word77', 'qwerty'])
    expect(secrets).toContain(secret)
  for (const word of ['api', 'webhooks', '1', '']) expect(secrets).not.toContain(word)
})
