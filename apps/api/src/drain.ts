import type { Clock } from '@kptv/clock'

/** The parts of a node that a drain acts on. */
export type Drainable = {
  /** From now on `/readyz` answers 503, and requests for channels are refused. */
  refuseNewViewers(): void
  /**
   * Hands channels over to other nodes that have viewers of them; a further call includes those
   * this node leads by then.
   */
  handOver(): void
  /**
   * Another node is about to take over a channel: until then, this one plays on for the viewers
   * there.
   */
  isHandingOver(): boolean
  viewerCount(): number
  /** Ends the rest in order: viewers, connections, slots, listeners. */
  stop(): Promise<void>
}

type DrainOptions = {
  readonly drainMaxMs: number
  readonly hurry: AbortSignal
  readonly clock: Clock
}

/** A balancer polls every two seconds and believes the second answer. */
const BALANCER_MS = 4_000
const CHECK_MS = 100
/** Followers and draining nodes change. */
const HAND_OVER_AGAIN_MS = 2_000

/**
 * Ends a node in order: the balancer gets time to notice, viewers may stay until `drainMaxMs`, then
 * everything ends. Without viewers, here or at a node that is taking over a channel, it waits for
 * the balancer only. `hurry` ends the wait at once.
 */
export async function drain(node: Drainable, { drainMaxMs, hurry, clock }: DrainOptions): Promise<void> {
  node.refuseNewViewers()
  const startedAtMs = clock.monotonicMs()
  const passedMs = (): number => clock.monotonicMs() - startedAtMs
  const pause = () => new Promise<void>((resolve) => clock.after(CHECK_MS, resolve))
  const waiting = (): boolean => passedMs() < BALANCER_MS || node.viewerCount() > 0 || node.isHandingOver()
  const noticed = (): boolean => hurry.aborted || passedMs() >= Math.min(BALANCER_MS, drainMaxMs)
  while (!noticed()) await pause()
  let handedOverAtMs = Number.NEGATIVE_INFINITY
  do {
    if (passedMs() - handedOverAtMs >= HAND_OVER_AGAIN_MS) {
      node.handOver()
      handedOverAtMs = passedMs()
    }
    await pause()
  } while (!hurry.aborted && passedMs() < drainMaxMs && waiting())
  await node.stop()
}
