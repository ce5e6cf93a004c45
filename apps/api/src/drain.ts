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

/** A balancer polls every two seconds and believes the second answer. */
const BALANCER_MS = 4_000
const LOOK_MS = 100
/** Followers and draining nodes change. */
const HAND_OVER_AGAIN_MS = 2_000

/**
 * Ends a node in order: the balancer gets time to notice, viewers may stay until `drainMaxMs`, then
 * everything ends. Without viewers, here or at a node that is taking over a channel, it waits for
 * the balancer only. `hurry` ends the wait at once.
 */
export async function drain(node: Drainable, drainMaxMs: number, hurry: AbortSignal): Promise<void> {
  node.refuseNewViewers()
  const startedAt = performance.now()
  const passedMs = (): number => performance.now() - startedAt
  const waiting = (): boolean => passedMs() < BALANCER_MS || node.viewerCount() > 0 || node.isHandingOver()
  const noticed = (): boolean => hurry.aborted || passedMs() >= Math.min(BALANCER_MS, drainMaxMs)
  while (!noticed()) await sleep(LOOK_MS)
  let handedOverAtMs = Number.NEGATIVE_INFINITY
  do {
    if (passedMs() - handedOverAtMs >= HAND_OVER_AGAIN_MS) {
      node.handOver()
      handedOverAtMs = passedMs()
    }
    await sleep(LOOK_MS)
  } while (!hurry.aborted && passedMs() < drainMaxMs && waiting())
  await node.stop()
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
