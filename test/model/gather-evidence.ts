import type { Edge } from './edge.ts'

/** Between the two readings of the liveness watch. */
const PROOF_INTERVAL_MS = 150

/**
 * Tells whether an incarnation is gone for good: by its tombstone, or by a liveness watch that
 * counts 0 twice.
 */
export function gatherEvidence(
  edge: Edge,
  incarnation: string,
  done: (kind: 'tombstone' | 'gone' | undefined) => void,
): void {
  const { redis } = edge.world
  const read = () => ({ dead: redis.tombstones.has(incarnation), watched: redis.deathWatches.has(incarnation) })
  edge.call(read, (first) => {
    if (!first.ok) return done(undefined)
    if (first.value.dead) return done('tombstone')
    if (first.value.watched) return done(undefined)
    edge.process.after(PROOF_INTERVAL_MS, () =>
      edge.call(read, (second) => {
        if (!second.ok || second.value.watched) return done(undefined)
        done(second.value.dead ? 'tombstone' : 'gone')
      }),
    )
  })
}
