import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import type { ChannelGuides } from '@kptv/contract'
import { runCommand } from './commands.ts'

const MATCHES: readonly ChannelGuides[] = [
  { channelId: '0a', name: 'Alpha', guides: [{ guide: 'Free', guideChannelId: 'a.uk', by: 'tvg-id' }] },
  { channelId: '0b', name: 'Beta', guides: [] },
]

async function run(words: string, adminPort: number) {
  const lines: string[] = []
  const result = await runCommand(words.split(' '), {
    readPassword: () => Promise.reject(new Error('not asked for')),
    adminPort: () => adminPort,
    print: (line) => lines.push(line),
  })
  return { ...result, lines }
}

test('guide matches prints a line for each channel, guide missing only unmatched ones; without an edge it says so', async () => {
  const asked: (string | undefined)[] = []
  const edge = createServer(({ url }, response) => {
    asked.push(url)
    response.end(MATCHES.map((match) => `${JSON.stringify(match)}\n`).join(''))
  })
  await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve))
  const { port } = edge.address() as AddressInfo
  expect((await run('guide matches', port)).lines).toEqual(['0a\tAlpha\tFree: a.uk (by tvg-id)', '0b\tBeta'])
  await run('guide missing', port)
  expect(asked).toEqual(['/admin/guide/matches', '/admin/guide/matches?missing=true'])
  edge.closeAllConnections()
  await new Promise((resolve) => edge.close(resolve))
  const { code, errors } = await run('guide matches', port)
  expect([code, errors]).toEqual([1, [expect.stringContaining('no edge answers at http://127.0.0.1:')]])
})
