import { expect, test } from '@jest/globals'
import { reportOf } from './report.ts'

const node = {
  name: 'edge-1',
  version: '1.2.3',
  incarnation: 'abc',
  startedAt: 0,
  program: 'Node.js 24.1.0',
  system: 'Linux x64',
  processors: 4,
  memoryBytes: 123_400_000,
  ffmpeg: 'missing',
  redis: null,
} as const

test('a report has the versions and the settings, and of secrets only that they exist', () => {
  const setting = { default: '1', meaning: 'It is.', isSecret: false }
  const settings = [
    { ...setting, name: 'PORT', value: '80', isSet: true },
    { ...setting, name: 'DEBUG', value: null, isSet: false },
    { ...setting, name: 'SOURCES', value: null, isSet: true, isSecret: true },
  ]
  expect(reportOf({ node, settings })).toBe(
    [
      'KPTV 1.2.3',
      'Node.js 24.1.0, Linux x64, 4 processors, 123 MB',
      'Redis does not answer, ffmpeg missing',
      '',
      'PORT=80',
      'SOURCES=(hidden)',
    ].join('\n'),
  )
})
