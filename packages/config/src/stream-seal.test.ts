import { describe, expect, test } from '@jest/globals'
import { openSecrets, sealSecrets } from '@kptv/addresses'
import { parseSources } from './parse-sources.ts'
import { openStream, sealMark } from './stream-seal.ts'

const [source] = parseSources('http://tv.example/get.php?username=joe77&password=word88').sources
const { secrets } = source!
const ELSEWHERE = 'http://cdn.example:8080/live/joe77/word88/1.ts'

function sealed(url: string, cookie = 'id=word88') {
  const mark = sealMark(source!, url)
  const headers = [['Cookie', sealSecrets(cookie, secrets, mark)]] as const
  return { url: sealSecrets(url, secrets, mark), headers }
}

describe('a sealed stream', () => {
  test.each([
    'http://tv.example/live/joe77/word88/1.ts',
    ELSEWHERE,
    'rtsp://joe77:word88@cam.example/1',
    'udp://@239.0.0.1:1',
  ])('%s opens as it was', (url) => {
    const stream = sealed(url)
    expect(JSON.stringify(stream)).not.toMatch(/joe77|word88/)
    expect(openStream(stream, source!)).toEqual({ url, headers: [['Cookie', 'id=word88']] })
  })

  test.each([
    ['placeholders without a mark', 'http://evil.example/{secret-1}/{secret-2}'],
    ['placeholders of another host', sealed(ELSEWHERE).url.replace('cdn.example', 'evil.example')],
    ['another port of the host', sealed(ELSEWHERE).url.replace(':8080', ':8081')],
    ['a mark that was made up', 'http://evil.example/{secret-1.0123456789abcdef}'],
    ['a placeholder in the host', 'http://{secret-1}.evil.example/'],
    ['a placeholder as login', 'http://{secret-1}:{secret-2}@evil.example/'],
  ])('%s: write access to Redis reveals no secret', (_, url) => {
    const { headers } = sealed('http://tv.example/1.ts')
    expect(JSON.stringify(openStream({ url, headers }, source!))).not.toMatch(/joe77|word88/)
  })

  test("addresses at the source's host need no mark, so that lists sealed before marks existed still play", () => {
    expect(sealMark(source!, 'http://tv.example/x')).toBe('')
    expect(openStream({ url: 'http://tv.example/live/{secret-1}/{secret-2}/1.ts', headers: [] }, source!).url).toBe(
      'http://tv.example/live/joe77/word88/1.ts',
    )
  })

  test('marks of sources with other secrets differ', () => {
    const [other] = parseSources('http://tv.example/get.php?username=joe77&password=other9').sources
    expect(sealMark(other!, ELSEWHERE)).not.toBe(sealMark(source!, ELSEWHERE))
    expect(openSecrets(sealed(ELSEWHERE).url, secrets)).toBe(sealed(ELSEWHERE).url)
  })
})
