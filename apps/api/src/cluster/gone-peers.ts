import { type Clock, every } from '@kptv/clock'
import type { NodeRecord } from '@kptv/coordination'

type Peer = Pick<NodeRecord, 'node' | 'incarnation'>

/** A record that is missing for this long is not merely late. */
const CONFIRM_MS = 3_000
const CHECK_EVERY_MS = 1_000

/** Notices the edge processes that are no longer there. */
export class GonePeers {
  readonly #present = new Map<string, Peer>()
  readonly #missingSinceMs = new Map<string, number>()

  /**
   * @param peers as of now
   * @param nowMs a clock that only runs forward
   * @returns those that are missing, each as long as nobody called {@link forget}
   */
  missing(peers: readonly Peer[], nowMs: number): Array<Peer & { readonly isConfirmed: boolean }> {
    for (const peer of peers) {
      this.#present.set(peer.incarnation, peer)
      this.#missingSinceMs.delete(peer.incarnation)
    }
    const known = new Set(peers.map(({ incarnation }) => incarnation))
    const missing = [...this.#present.values()].filter(({ incarnation }) => !known.has(incarnation))
    return missing.map((peer) => {
      const sinceMs = this.#missingSinceMs.get(peer.incarnation) ?? nowMs
      this.#missingSinceMs.set(peer.incarnation, sinceMs)
      return { ...peer, isConfirmed: nowMs - sinceMs >= CONFIRM_MS }
    })
  }

  forget(incarnation: string): void {
    this.#present.delete(incarnation)
    this.#missingSinceMs.delete(incarnation)
  }

  /** Redis has lost its memory: nobody is missing. */
  startAnew(): void {
    this.#present.clear()
    this.#missingSinceMs.clear()
  }
}

type PeerWatchOptions = {
  /** As of the last beat. */
  readonly peers: () => readonly Peer[]
  readonly isWarm: () => boolean
  /** Why its supervisor says that it ended. Throws when Redis is away. */
  readonly reasonOf: (incarnation: string) => Promise<string | null>
  readonly onGone: (peer: Peer & { readonly reason: string | undefined }) => void
  readonly clock: Clock
}

/** Reports each edge process that is gone: at once when its supervisor saw its end. */
export function watchPeers(options: PeerWatchOptions): Disposable {
  const { peers, isWarm, reasonOf, onGone, clock } = options
  const gone = new GonePeers()
  const stop = every(clock, CHECK_EVERY_MS, () => {
    if (!isWarm()) return gone.startAnew()
    for (const { isConfirmed, ...peer } of gone.missing(peers(), clock.monotonicMs())) void report(peer, isConfirmed)
  })

  async function report(peer: Peer, isConfirmed: boolean): Promise<void> {
    const reason = await reasonOf(peer.incarnation).catch(() => null)
    if (reason === null && !isConfirmed) return
    gone.forget(peer.incarnation)
    onGone({ node: peer.node, incarnation: peer.incarnation, reason: reason ?? undefined })
  }

  return { [Symbol.dispose]: stop }
}
