import { describe, expect, test } from '@jest/globals'
import { findSecrets, openSecrets } from '@kptv/addresses'
import { parseSources } from '@kptv/config'
import { type Entry, streamIdentity } from '@kptv/playlist'
import { createEntrySealer } from './entry-sealer.ts'

const source = (login: string) => {
  const url = `http://h.example/get.php?${login}`
  return { id: 's1-aa', url, secrets: findSecrets(url) }
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

const sealEntry = (item: Entry, given: ReturnType<typeof source>) => createEntrySealer(given).sealEntry(item)

describe('sealEntry', () => {
  const given = source('username=canary-user&password=canary-pass')

  test('leaves no credential, and the address can be opened again', () => {
    const sealed = sealEntry(entry, given)
    expect(JSON.stringify(sealed)).not.toContain('canary')
    expect(openSecrets(sealed.url, given.secrets)).toBe(entry.url)
    expect(openSecrets(sealed.headers[0]![1], given.secrets)).toBe(entry.headers[0][1])
  })

  test('plain words stay, even if they equal a short user name', () => {
    const sealed = sealEntry(entry, source('username=News&password=canary-pass'))
    expect(sealed.name).toBe('News')
    expect(sealed.attributes[0]).toEqual(['group-title', 'News'])
  })

  test.each([
    [
      'a secret with a slash in it',
      'username=canary%2Fuser&password=canary-pass',
      '/live/canary/user/canary-pass/7.ts',
    ],
    ['secrets behind the last slash', 'username=canary-user&password=canary-pass', '/get?u=canary-user&p=canary-pass'],
    ['an address that pretends to be sealed', 'username=canary-user&password=canary-pass', '/{secret-2}/{secret-1}.ts'],
  ])('%s', (_, login, path) => {
    const given = source(login)
    const { url } = sealEntry({ ...entry, url: `http://h.example${path}` }, given)
    expect(url).not.toContain('canary')
    expect(openSecrets(url, given.secrets)).toBe(`http://h.example${path.replaceAll('{secret-', '%7Bsecret-')}`)
  })

  test('no word contains a long user name, or a password of four characters', () => {
    const talkative: Entry = {
      ...entry,
      name: 'User: canary-user | pin X9q7',
      attributes: [
        ['tvg-id', 'one'],
        ['acct', 'canary-user'],
        ['x-canary-user', 'yes'],
        ['note', 'X9q7'],
        ['tvg-chno', 'X9q71'],
      ],
    }
    const sealed = sealEntry(talkative, source('username=canary-user&password=X9q7'))
    expect(sealed.name).toBe('User: … | pin …')
    expect(sealed.attributes).toEqual([
      ['tvg-id', 'one'],
      ['tvg-chno', 'X9q71'],
    ])
  })

  test('host and credentials do not change the id of a stream', () => {
    const moved = { ...entry, url: 'https://new.example:8080/live/other/word/1.ts' }
    expect(sealEntry(moved, source('username=other&password=word')).streamId).toBe(sealEntry(entry, given).streamId)
  })

  test('a hostile entry cannot obtain the password', () => {
    const hostile = { ...entry, url: 'http://evil.example/{secret-2}/1.ts' }
    expect(openSecrets(sealEntry(hostile, given).url, given.secrets)).not.toContain('canary')
  })
})

describe('an account that is not in SOURCES', () => {
  const withLogo = (url: string, ...logos: string[]): Entry => ({
    ...entry,
    url,
    attributes: logos.map((logo, index) => [`logo-${index}`, logo]),
  })
  const own = 'http://p.example/other-user/other-pass/1.ts'
  const plain = 'http://p.example/images/tv/logo.png'
  const given = source('username=canary-user&password=canary-pass')

  test('stays in the address of its entry and appears in no attribute', () => {
    const { sealEntry } = createEntrySealer(given)
    const logo = 'http://cdn.example/other-user/other-pass/77.png'
    const sealed = sealEntry(withLogo(own, logo, 'http://p.example/live/third77/pass8888/logo.png', plain))
    expect(sealed.url).toBe(own)
    expect(sealed.attributes).toEqual([['logo-2', plain]])
    expect(sealEntry(withLogo('http://p.example/x.ts', logo)).attributes).toEqual([])
  })

  test("does not appear in a guide either; guides with the source's account stay sealed", () => {
    const sealer = createEntrySealer(given)
    sealer.sealEntry(withLogo(own))
    sealer.sealEntry(entry)
    const guides = [
      'http://p.example/g/other-user/other-pass',
      'http://p.example/xmltv/third-user/third-pass',
      'http://h.example/xmltv.php?username=canary-user&password=canary-pass',
      'http://canary-user:canary-pass@h.example/g.xml',
      'http://g.example/guide.xml.gz',
    ]
    expect(sealer.sealGuides(guides)).toEqual([
      'http://h.example/xmltv.php?username={secret-1}&password={secret-2}',
      'http://{secret-1}:{secret-2}@h.example/g.xml',
      'http://g.example/guide.xml.gz',
    ])
  })
})

describe("names of credentials: a source's secrets are not part of stream ids", () => {
  const isSecretOfSource = (name: string) => findSecrets(`http://h.example/list?${name}=canary`).includes('canary')
  const namesStream = (name: string, secrets: readonly string[] = []) =>
    streamIdentity({ url: `http://h.example/play?${name}=canary`, secrets }).includes('canary')

  const inBoth = [
    'user',
    'username',
    'user_name',
    'login',
    'pass',
    'password',
    'passwd',
    'pwd',
    'mac',
    'token',
    'api_key',
  ]
  test.each([
    ...inBoth,
    'access-key',
    'access_token',
    'auth',
    'secret',
    'sig',
    'signature',
    'hash',
    'sid',
    'session_id',
  ])('%s is both', (name) => {
    expect([isSecretOfSource(name), namesStream(name)]).toEqual([true, false])
  })

  test.each(['u', 'usr', 'p', 'pw', 'pin', 'account', 'mail', 'email', 'authorization', 'private_key'])(
    '%s may be anything in an entry, so only its value counts there',
    (name) => {
      expect([isSecretOfSource(name), namesStream(name)]).toEqual([true, true])
      expect(namesStream(name, ['canary'])).toBe(false)
    },
  )

  test.each(['expires', 'exp', 'st', 'e', 'policy', 'jwt', 'sign', 'hdnts', 'Key-Pair-Id', 'wmsAuthSign'])(
    '%s is new with every request, but not an account',
    (name) => {
      expect([isSecretOfSource(name), namesStream(name)]).toEqual([false, false])
    },
  )
})

test("header fields of a source are hidden like its login, and are not part of a stream's identity", () => {
  const [plain] = parseSources('http://one.example/get.php?username=joe77&password=word88').sources
  const field = 'key-of-field'
  const sealers = [plain!, { ...plain!, secrets: [...plain!.secrets, field] }].map((each) => createEntrySealer(each))
  const entry: Entry = {
    name: `News ${field}`,
    url: `http://one.example/${field}/1.m3u8`,
    durationSeconds: -1,
    line: 1,
    attributes: [['group-title', `Group ${field}`]],
    headers: [['X-Key', field]],
  }
  const [without, hidden] = sealers.map(({ sealEntry }) => sealEntry(entry))
  expect(hidden!.streamId).toBe(without!.streamId)
  expect(JSON.stringify(hidden)).not.toContain(field)
  expect(sealers[1]!.sealGroup(`Group ${field} of http://u:p@h/x`)).toBe('Group … of …')
})

test('each program of one address is a separate stream; without a program the id is that of the address', () => {
  const given = source('username=canary-user&password=canary-pass')
  const sealed = [undefined, 101, 102].map((program) => sealEntry({ ...entry, program }, given))
  expect(sealed.map(({ program }) => program)).toEqual([undefined, 101, 102])
  expect(new Set(sealed.map(({ streamId }) => streamId)).size).toBe(3)
  expect(sealed[0]!.streamId).toBe(sealEntry(entry, given).streamId)
})
