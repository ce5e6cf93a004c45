import { expect, test } from '@jest/globals'
import { FiguresByChannel } from '../../events/channel-figures.ts'
import { createNodeReporter, type NodeReporterOptions } from './node-reporter.ts'

const identity = () =>
  ({ incarnation: 'edge-1-1', node: 'edge-1', version: '1', state: 'serving', startedAt: 0 }) as const

/** Its one connection is that of a packager, for three players of HLS. */
const session = {
  channelId: 'news',
  phase: 'playing',
  stream: undefined,
  viewers: new Set([{ sentBytes: 0 }]),
  viewerCount: 3,
  ring: { readFromNewestJoinPoint: () => [] },
}

test('HLS players count as on the node, and VOD and catch-up players by what they got', () => {
  const report = createNodeReporter({
    identity,
    registry: {
      sessions: new Set([session]),
      viewerCount: 3,
      bufferedBytes: 0,
    } as never as NodeReporterOptions['registry'],
    direct: () => [
      { channel: 'heat', kind: 'vod' },
      { channel: 'news', kind: 'archive' },
      { channel: 'heat', kind: 'vod' },
    ],
    figures: new FiguresByChannel(() => 0),
    nowMs: () => 0,
  })()
  expect(report).toMatchObject({ viewers: 6, channels: [{ channel: 'news', viewers: 3 }] })
  expect(report.direct).toEqual([
    { channel: 'heat', kind: 'vod', viewers: 2 },
    { channel: 'news', kind: 'archive', viewers: 1 },
  ])
})
