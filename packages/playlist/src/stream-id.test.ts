import { expect, test } from '@jest/globals'
import { streamIdentity } from './stream-id.ts'

/** Each row: one identity, and all URLs that must have it. */
const STREAMS: Array<[string, string[]]> = [
  [
    'live:123',
    [
      'http://h:8080/live/USER/PASS/123.ts',
      'https://other.example/live/joe/pw/123.m3u8',
      'http://h/USER/PASS/123',
      'http://h/USER/PASS/123.ts',
      'http://h/USER/PASS/123.m3u8',
      'http://h/other/credentials/123',
    ],
  ],
  ['movie:9', ['http://h/movie/USER/PASS/9.mkv', 'http://h/movie/USER/PASS/9.mp4']],
  ['series:9', ['http://h/series/USER/PASS/9.mkv']],
  ['hd/bbc/1.m3u8', ['http://h/hd/bbc/1.m3u8']],
  // A name behind the number, four parts without a kind, and a kind that stands before a path.
  ['a/b/5.ts.txt', ['http://h/a/b/5.ts.txt']],
  ['vod/a/b/5', ['http://h/vod/a/b/5']],
  [
    'play/live.php?extension=ts&stream=5',
    [
      'http://h/play/live.php?mac=00:1A:79&stream=5&extension=ts&play_token=abc',
      'http://h/play/live.php?extension=ts&stream=5&username=USER&password=PASS',
      'https://USER:PASS@h/play/live.php?stream=5&extension=ts&u=USER&p=PASS&expires=9&signature=x',
    ],
  ],
  [
    'bbc/index.m3u8',
    ['http://h/bbc/index.m3u8', 'http://h/PASS/bbc/index.m3u8?token=1', 'http://h:81/bbc/index.m3u8#x'],
  ],
  ['a/b%20c', ['http://h/a/b%20c', 'http://h/a/p%26s/b%20c', 'http://h/a/b%20c?k=p%26s']],
  ['a', ['http://h/a', 'http://h/a/eyJhbGciOiJI.eyJzdWIi.sig_-1']],
  ['5e20b730f2f8d5003d739db7/x', ['http://h/5e20b730f2f8d5003d739db7/x']],
  ['h:8000', ['http://h:8000', 'http://h:8000/', 'http://h:8000/USER/PASS']],
  ['239.0.0.1:1234', ['udp://@239.0.0.1:1234', 'rtp://239.0.0.1:1234']],
  ['239.0.0.1:1234/hd', ['udp://@239.0.0.1:1234/hd', 'rtp://239.0.0.1:1234/hd']],
  ['hd', ['http://239.0.0.1:1234/hd', 'rtsp://h/hd']],
  ['', ['', 'no address']],
]

test('host, credentials and order change nothing; another stream is another identity', () => {
  for (const [identity, urls] of STREAMS) {
    for (const url of urls) {
      const found = streamIdentity({ url, secrets: ['USER', 'PASS', 'p&s', ''] })
      expect({ url, found }).toEqual({ url, found: identity })
    }
  }
})
