import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, jest, test } from '@jest/globals'

jest.setTimeout(60_000)

test('when no more files can be opened, ffmpeg fails and the process continues', async () => {
  const file = new URL('../../test-support/start-without-files.ts', import.meta.url).pathname
  const command = ['-c', 'ulimit -n 60 && exec "$0" "$1"', process.execPath, file]
  const { stdout } = await promisify(execFile)('/bin/sh', command)
  expect(JSON.parse(stdout)).toEqual([-1, -1, 'ffmpeg-failed'])
})
