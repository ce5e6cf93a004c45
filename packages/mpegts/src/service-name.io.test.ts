import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { createTransportStreamMaker, hasPrograms } from '@kptv/testkit'
import { createSplicer } from '../test-support/create-splicer.ts'

// Without ffmpeg there is no judge.
const testWithFfmpeg = hasPrograms('ffprobe') ? test : test.skip

testWithFfmpeg.each([['News 24'], ['Café'], ['日本'], [`${'long '.repeat(40)}name`]])(
  'ffprobe reads the name %j of an output',
  (name) => {
    const { packets } = createSplicer({ name }).push(createTransportStreamMaker().next(3_000))
    const shown = ['-v', 'warning', '-show_entries', 'program_tags=service_name,service_provider', '-of', 'json']
    const { stdout, stderr } = spawnSync('ffprobe', [...shown, '-'], { input: packets, encoding: 'utf8' })
    const { programs } = JSON.parse(stdout) as { readonly programs: Array<{ readonly tags: Record<string, string> }> }
    const { service_name: read = '', service_provider: provider } = programs[0]!.tags
    expect([stderr, programs.length, provider]).toEqual(['', 1, 'KPTV'])
    expect(read.length).toBeGreaterThan(1)
    expect(name.startsWith(read.trimEnd())).toBe(true)
  },
)
