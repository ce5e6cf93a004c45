import type { Edge } from './edge.ts'
import { gatherEvidence } from './gather-evidence.ts'
import type { SeenHolder } from './redis-slots.ts'

/** Frees what dead processes left behind. */
export function reconcile(edge: Edge): void {
  edge.call(edge.world.redis.allHolders, (reply) => {
    if (reply.ok) removeDead(edge, reply.value)
  })
}

export function removeDead(edge: Edge, holders: readonly SeenHolder[]): void {
  for (const holder of holders) {
    if (holder.incarnation === edge.incarnation) continue
    gatherEvidence(edge, holder.incarnation, (kind) => {
      if (kind === undefined) return
      edge.call(
        () => edge.world.redis.removeDead(holder, kind),
        () => {},
      )
    })
  }
}
