import type { Channel } from '../model.ts'

/** How many days of its past a channel can be played: as far as any of its streams reaches. */
export function archivedDays({ streams }: Pick<Channel, 'streams'>): number {
  return Math.max(0, ...streams.map(({ archive }) => archive?.days ?? 0))
}
