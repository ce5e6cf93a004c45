import type { Edge } from './edge.ts'
import { gatherEvidence } from './gather-evidence.ts'
import type { SeenHolder } from './redis-slots.ts'
import { confirmLeft } from './world.ts'

/** Frees what dead processes left behind, and what those that are cut off have left. */
export function reconcile(edge: Edge): void {
  edge.call(edge.world.redis.allHolders, (reply) => {
    if (reply.ok) removeDead(edge, reply.value)
  })
}

/** @param onLeft called when a slot is freed that its holder had left */
export function removeDead(edge: Edge, holders: readonly SeenHolder[], onLeft = () => {}): void {
  for (const holder of holders) {
    if (holder.incarnation === edge.incarnation) continue
    gatherEvidence(edge, holder.incarnation, (kind) => {
      if (kind !== undefined) return remove(kind)
      const silentMs = edge.world.clock.now - holder.renewedAt
      if (silentMs < edge.world.rules.timing.deadlineMs) return
      confirmLeft(edge.world, edge.host, holder, (hasLeft) => {
        if (hasLeft) remove('left')
      })
    })

    function remove(kind: 'tombstone' | 'gone' | 'left'): void {
      edge.call(
        () => edge.world.redis.removeDead(holder, kind),
        () => {
          if (kind === 'left') onLeft()
        },
      )
    }
  }
}
