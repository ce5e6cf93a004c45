import { expect, test } from '@jest/globals'
import { matchSecrets } from './secret-forms.ts'

const SECRETS = ['hunter2', 'pä ss/wörd&"q\\', 'p@ss+w=rd?', 'abcd', "it's(5)*!"]

/** The shortest part of the secret, or of its form, that a reader could still use. */
const hides = (secret: string, form: string): boolean => {
  const expression = matchSecrets([secret])
  return expression !== undefined && !form.replace(expression, '').includes(form)
}

test.each(SECRETS)('%j is found in each of its forms', (secret) => {
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
    base64: Buffer.from(secret).toString('base64'),
    base64url: Buffer.from(secret).toString('base64url'),
  }
  for (const [name, form] of Object.entries(forms)) expect([name, hides(secret, form)]).toEqual([name, true])
})

test.each(['', 'u', 'us', 'use', 'user', 'user:', 'a longer user name:'])('in a login after %j', (before) => {
  for (const after of ['', '@', ':x', 'xyz']) {
    const text = Buffer.from(`${before}correct horse${after}`).toString('base64')
    const left = text.replace(matchSecrets(['correct horse'])!, '')
    expect(left.length).toBeLessThan(text.length - 12)
    expect(Buffer.from(left, 'base64').toString()).not.toContain('horse')
  }
})

test('the longest secret wins over a part of it', () => {
  expect('secret-long'.replace(matchSecrets(['secret', 'secret-long'])!, '***')).toBe('***')
})

test('short and missing secrets match nothing', () => {
  expect(matchSecrets(['', 'a', 'abc'])).toBeUndefined()
  expect(matchSecrets([])).toBeUndefined()
})

test('half a character in a secret is survived', () => {
  expect(() => matchSecrets(['abc\ud800d'])).not.toThrow()
})
