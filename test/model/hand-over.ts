import type { Pull } from './pull.ts'
import type { Session } from './session.ts'
import { sendHandover } from './world.ts'

/** How long a node that hands over waits for the other one. */
const PATIENCE_MS = 2500

/** Make-before-break if the source has a spare slot; else the connection is closed first and its slot goes along. */
export function handOver(session: Session, pull: Pull | undefined): void {
  const { edge, channel } = session
  const { world, host, process } = edge
  const { redis } = world
  if (pull === undefined || pull.ended) return
  const { slot, term, incarnation } = pull
  if (slot === undefined || !pull.isPlaying) return pull.stop('drain')
  const script = () => ({
    heirs: redis.viewersOf(channel).filter((of) => of !== incarnation),
    spare: redis.hasSpare(slot.source),
  })
  edge.call(script, (reply) => {
    const heir = reply.ok ? reply.value.heirs[0] : undefined
    if (heir === undefined) return pull.stop('drain')
    if (reply.ok && reply.value.spare) offer(heir)
    else breakFirst(heir)
  })

  function offer(to: string): void {
    if (pull!.ended) return
    pull!.handingOver = true
    edge.call(
      () => redis.handOver(channel, { incarnation, term }, { to, closed: false }),
      (reply) => {
        if (!reply.ok || !reply.value) return pull!.stop('drain')
        world.trace?.(host.name, `offers ${channel} to ${to}`)
        sendHandover(world, host, { to, channel, beside: true })
      },
    )
    process.after(PATIENCE_MS, () => pull!.stop('handed over'))
  }

  function breakFirst(to: string): void {
    pull!.stop('drain', () => {
      edge.call(
        () => redis.handOver(channel, { incarnation, term }, { to, closed: true }),
        (reply) => {
          if (!reply.ok || !reply.value) return release()
          world.trace?.(host.name, `hands ${channel} with its slot to ${to}`)
          sendHandover(world, host, { to, channel, beside: false })
          process.after(PATIENCE_MS, release)
        },
      )
    })
  }

  /** Nothing happens if the heir has it already: it holds another attempt. */
  function release(): void {
    edge.call(
      () => {
        redis.release(slot!)
        redis.resign(channel, incarnation, term)
      },
      () => {},
    )
  }
}
