import type { AdminSettings } from '@kptv/contract'

/** What helps those who answer an issue, without secrets. */
export function reportOf({ node, settings }: AdminSettings): string {
  const { version, program, system, processors, memoryBytes, redis, ffmpeg } = node
  const facts = [
    `KPTV ${version}`,
    `${program}, ${system}, ${processors} processors, ${Math.round(memoryBytes / 1_000_000)} MB`,
    `Redis ${redis ?? 'does not answer'}, ffmpeg ${ffmpeg}`,
  ]
  const set = settings.filter(({ isSet }) => isSet).map(({ name, value }) => `${name}=${value ?? '(hidden)'}`)
  return [...facts, '', ...set].join('\n')
}
