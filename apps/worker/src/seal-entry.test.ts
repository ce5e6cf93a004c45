import { describe, expect, test } from '@jest/globals'
import { findSecrets, openSecrets } from '@kptv/config'
import { sealEntry } from './seal-entry.ts'

const source = (login: string) => {
  const secrets = findSecrets(`http://h.example/get.php?${login}`)
  return { id: 's1-aa', secrets }
}
const entry = {
  name: 'News',
  url: 'http://h.example/live/canary-user/canary-pass/1.ts',
  attributes: [
    ['group-title', 'News'],
    ['catchup-source', 'http://h.example/timeshift/canary-user/canary-pass/{duration}/1.ts'],
    ['tvg-logo', 'http://h.example/logo.png?password=canary-pass'],
  ],
  headers: [['Referer', 'http://h.example/?username=canary-user']],
  durationSeconds: -1,
  line: 2,
} as const

describe('sealEntry', () => {
  const given = source('username=canary-user&password=canary-pass')

  test('leaves no credential, and the address can be opened again', () => {
    const sealed = sealEntry(entry, given)
    expect(JSON.stringify(sealed)).not.toContain('canary')
    expect(openSecrets(sealed.url, given.secrets)).toBe(entry.url)
    expect(openSecrets(sealed.headers[0]![1], given.secrets)).toBe(entry.headers[0][1])
  })

  test('plain words stay, even if they are the password', () => {
    const sealed = sealEntry(entry, source('username=News&password=canary-pass'))
    expect(sealed.name).toBe('News')
    expect(sealed.attributes[0]).toEqual(['group-title', 'News'])
  })

  test('host and credentials do not change the id of a stream', () => {
    const moved = { ...entry, url: 'https://new.example:8080/live/other/word/1.ts' }
    expect(sealEntry(moved, source('username=other&password=word')).streamId).toBe(sealEntry(entry, given).streamId)
  })

  test('a hostile entry cannot ask for the password', () => {
    const hostile = { ...entry, url: 'http://evil.example/{secret-2}/1.ts' }
    expect(openSecrets(sealEntry(hostile, given).url, given.secrets)).not.toContain('canary')
  })
})
