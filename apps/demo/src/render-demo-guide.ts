import type { DemoChannel } from './demo-channels.ts'

const HALF_HOUR_MS = 30 * 60_000
/** One day behind and one ahead of now. */
const HALF_HOURS = 48

/** The guide of the demo channels as XMLTV: something new every half hour. */
export function renderDemoGuide(channels: readonly DemoChannel[], nowMs: number): string {
  const now = Math.floor(nowMs / HALF_HOUR_MS)
  const named = channels.map(
    ({ id, name }) => `<channel id="${id}.demo.kptv"><display-name>${name}</display-name></channel>`,
  )
  const programmes = channels.flatMap(({ id, name }) =>
    Array.from({ length: 2 * HALF_HOURS }, (_, index) => {
      const slot = now - HALF_HOURS + index
      const [start, stop] = [slot, slot + 1].map((number) => timeOf(number * HALF_HOUR_MS))
      const text = `<title>${name}, part ${(slot % HALF_HOURS) + 1}</title><desc>Half an hour of ${name}.</desc>`
      return `<programme start="${start}" stop="${stop}" channel="${id}.demo.kptv">${text}</programme>`
    }),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<tv>\n${[...named, ...programmes].join('\n')}\n</tv>\n`
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, '')} +0000`
}
