/** What a drain acts on. */
export type Drainable = {
  /** From now on `/readyz` says no, and requests for channels are refused. */
  refuseNewViewers(): void
  /**
   * Leaves channels to other nodes that have viewers of them; called again, also those that this
   * one leads by now.
   */
  handOver(): void
  /**
   * Another node is about to take a channel over: until it has, this one plays on for the viewers
   * there.
   */
  isHandingOver(): boolean
  viewerCount(): number
  /** Ends what is left, in good order: viewers, connections, slots, listeners. */
  stop(): Promise<void>
}

/** A balancer asks every two seconds and believes the second answer. */
const BALANCER_MS = 4_000
const LOOK_MS = 100
/** Who follows, and who else drains, changes. */
const HAND_OVER_AGAIN_MS = 2_000

/**
 * Finish, then go: the balancer is given time to notice, viewers may stay until `drainMaxMs`, then
 * everything ends in order. With no viewer to wait for, here or where a channel is being handed
 * over to, only the balancer is waited for. `hurry` ends the waiting at once.
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
