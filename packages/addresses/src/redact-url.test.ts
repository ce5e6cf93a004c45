import { expect, test } from '@jest/globals'
import { redactUrl } from './redact-url.ts'

test.each([
  ['http://tv.example/live/user/pass/7.ts', 'http://tv.example/…'],
  ['http://user:pass@tv.example:8080/get.php?username=user&password=pass#pass', 'http://tv.example:8080/…'],
  ['https://tv.example', 'https://tv.example/…'],
  ['http://[2001:db8::1]:81/pass', 'http://[2001:db8::1]:81/…'],
  ['rtsp://user:pass@cam.lan:554/pass', 'rtsp://cam.lan:554/…'],
  ['udp://@239.0.0.1:1234', 'udp://239.0.0.1:1234/…'],
  ['redis://:pass@redis:6379/0', 'redis://redis:6379/…'],
  ['http://user:p@ss@tv.example/x', 'http://tv.example/…'],
  ['http://user:pa/ss@tv.example/x', 'http://…'],
  ['http://user:pass@/x', 'http://…'],
  ['http://tv.example:pass/x', 'http://…'],
  ['HTTP://', 'http://…'],
  ['mailto:user@pass.example', 'mailto:…'],
  ['/live/user/pass/7.ts', '…'],
  ['', '…'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})
