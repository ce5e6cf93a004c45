import { openViewer, type TableRow, type Viewer } from '@kptv/testkit'
import { type GapFigures, gapFigures, type LightViewer, openLightViewer } from './light-viewer.ts'
import { duration } from './report.ts'

export const VIEWERS = 100
/** Besides them: each packet of theirs is checked. */
const CHECKED_VIEWERS = 2

export type Watched = { readonly tookMs: number; readonly gaps: GapFigures; readonly flaws: number }

/** A hundred viewers of one stream, and what they notice while something else is done. */
export async function openWatchers(edgeUrl: string) {
  const playlist = await (await fetch(`${edgeUrl}/playlist.m3u8`)).text()
  const stream = /^http:\S+\/stream\/\S+$/m.exec(playlist)?.[0]
  if (stream === undefined) throw new Error('the playlist holds no channel')
  const viewers = await Promise.all(Array.from({ length: VIEWERS }, () => openLightViewer(stream)))
  const checked = await Promise.all(Array.from({ length: CHECKED_VIEWERS }, () => openViewer(stream)))
  return {
    watchDuring: (work: () => Promise<unknown>) => watchDuring(work, viewers, checked),
    close() {
      for (const viewer of [...viewers, ...checked]) viewer.close()
    },
  }
}

async function watchDuring(
  work: () => Promise<unknown>,
  viewers: readonly LightViewer[],
  checked: readonly Viewer[],
): Promise<Watched> {
  const flawsOf = () => checked.reduce((sum, viewer) => sum + viewer.report().problems.length, 0)
  const [startedAt, flawsBefore] = [performance.now(), flawsOf()]
  for (const viewer of viewers) viewer.take()
  await work()
  const [tookMs, watched] = [performance.now() - startedAt, viewers.map((viewer) => viewer.take())]
  return { tookMs, gaps: gapFigures(watched), flaws: flawsOf() - flawsBefore }
}

/** One column for each phase. */
export function watchedRows(phases: readonly Watched[]): readonly TableRow[] {
  const row = (label: string, show: (watched: Watched) => string): TableRow => [label, ...phases.map(show)]
  return [
    row('watched for', ({ tookMs }) => duration(tookMs)),
    row('all gaps, p50', ({ gaps }) => duration(gaps.p50)),
    row('all gaps, p95', ({ gaps }) => duration(gaps.p95)),
    row('all gaps, p99', ({ gaps }) => duration(gaps.p99)),
    row('longest of a viewer, p50', ({ gaps }) => duration(gaps.longestP50)),
    row('longest of all', ({ gaps }) => duration(gaps.longest)),
    row('least media of a viewer : most', ({ gaps }) => `${(100 * gaps.leastShare).toFixed(1)} %`),
    row('flaws that a checker found', ({ flaws }) => String(flaws)),
  ]
}
