import { expect, test } from '@jest/globals'
import { matchSecrets } from './secret-forms.ts'

const SECRETS = ['hunter2', 'pä ss/wörd&"q\\', 'p@ss+w=rd?', 'abcd', "it's(5)*!"]

/** The part of a form of the secret that a reader still sees. */
const rest = (secret: string, form: string): string => form.replace(matchSecrets([secret])!, '')

test.each(SECRETS)('finds %j in each of its forms', (secret) => {
  const encoded = encodeURIComponent(secret)
  const wholly = [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const forms = {
    plain: secret,
    json: JSON.stringify(secret).slice(1, -1),
    encoded,
    lowerCase: encoded.replace(/%../g, (octet) => octet.toLowerCase()),
    form: new URLSearchParams({ x: secret }).toString().slice(2),
    wholly,
    whollyUpperCase: wholly.toUpperCase(),
  }
  for (const [name, form] of Object.entries(forms)) expect([name, rest(secret, form)]).toEqual([name, ''])
  // The last group of base64 holds padding, and one character shared with the text that follows.
  for (const form of ['base64', 'base64url'] as const) {
    expect(rest(secret, Buffer.from(secret).toString(form)).length).toBeLessThanOrEqual(3)
  }
})

test.each(['', 'u', 'us', 'use', 'user', 'user:', 'a longer user name:'])('in a login after %j', (before) => {
  for (const after of ['', '@', ':x', 'xyz']) {
    const text = Buffer.from(`${before}correct horse${after}`).toString('base64')
    const left = text.replace(matchSecrets(['correct horse'])!, '')
    expect(left.length).toBeLessThan(text.length - 12)
    expect(Buffer.from(left, 'base64').toString()).not.toContain('horse')
  }
})

test('prefers the longest secret to a part of it', () => {
  expect('secret-long'.replace(matchSecrets(['secret', 'secret-long'])!, '***')).toBe('***')
})

test('ignores short and missing secrets', () => {
  expect(matchSecrets(['', 'a', 'abc'])).toBeUndefined()
  expect(matchSecrets([])).toBeUndefined()
})

test('survives half a character in a secret', () => {
  expect(() => matchSecrets(['abc\ud800d'])).not.toThrow()
})
