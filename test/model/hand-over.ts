import type { Pull } from './pull.ts'
import type { Session } from './session.ts'
import { publishEnd, sendOffer } from './world.ts'

/** How long a node that hands over waits for the other one. */
const PATIENCE_MS = 2500

/**
 * Make-before-break if the source has a spare slot; else the connection is closed first, its slot
 * is given back, and others are reported.
 */
export function handOver(session: Session, pull: Pull | undefined): void {
  const { edge, channel } = session
  const { world, host, process } = edge
  const { redis } = world
  if (pull === undefined || pull.ended) return
  const { slot, term, incarnation } = pull
  if (slot === undefined || !pull.isPlaying) return breakFirst()
  const script = () => ({
    successors: redis.viewersOf(channel).filter((of) => of !== incarnation),
    spare: redis.hasSpare(slot.source),
  })
  edge.call(script, (reply) => {
    const successor = reply.ok ? reply.value.successors[0] : undefined
    if (successor !== undefined && reply.ok && reply.value.spare) offer(successor)
    else breakFirst()
  })

  function offer(to: string): void {
    if (pull!.ended) return
    pull!.handingOver = true
    edge.call(
      () => redis.handOver(channel, { incarnation, term }, to),
      (reply) => {
        if (!reply.ok || !reply.value) return breakFirst()
        world.trace?.(host.name, `offers ${channel} to ${to}`)
        sendOffer(world, host, { to, channel })
      },
    )
    process.after(PATIENCE_MS, () => pull!.stop('handed over'))
  }

  function breakFirst(): void {
    pull!.stop('drain', () => publishEnd(world, host, channel))
  }
}
