import type { ErrorCode } from '@kptv/contract'
import type { EndReason } from '@kptv/failover'
import { type Fragment, FragmentSplitter } from '@kptv/mpegts'
import type { ViewerSink } from '../media/viewer.ts'
import type { Refused } from '../sessions/channel-lookup.ts'
import type { ChannelSession } from '../sessions/channel-session.ts'

export type ChannelFeedOptions = {
  readonly openSession: () => Promise<ChannelSession | Refused>
  /** The highest of those for whom it is. */
  readonly priority: () => number
  readonly onFragment: (fragment: Fragment) => void
  /** There is no media, and why; the next start tries again. */
  readonly onRefused: (code: ErrorCode) => void
  /** The session has ended on its own; the next start opens another one. */
  readonly onEnded: (reason: EndReason) => void
}

/** The output of a channel, as one of its viewers gets it, in fragments. */
export class ChannelFeed {
  readonly #options: ChannelFeedOptions
  #session: ChannelSession | undefined
  #leaving: AbortController | undefined

  constructor(options: ChannelFeedOptions) {
    this.#options = options
  }

  /** Of this node's leadership of the channel; 0 if it does not lead. */
  get term(): number {
    return this.#session?.leadTerm ?? 0
  }

  /** Players of this node that get what is made of it, and the highest priority of them. */
  setPlayers(players: number, priority: number): void {
    this.#session?.packaging.setPlayers(players, priority)
  }

  /** Resolves when other nodes have been sent all media so far, or cannot be. */
  async handedOn(): Promise<void> {
    await this.#session?.packaging.handedOn()
  }

  /** Does nothing while it runs. */
  start(): void {
    if (this.#leaving === undefined) void this.#run()
  }

  stop(): void {
    this.#session = undefined
    this.#leaving?.abort()
    this.#leaving = undefined
  }

  /** Stops for good: a session that is left without viewers keeps no connection for others. */
  abandon(): void {
    const session = this.#session
    this.stop()
    session?.yieldSlot()
  }

  async #run(): Promise<void> {
    const leaving = new AbortController()
    this.#leaving = leaving
    const { openSession, onRefused } = this.#options
    const session = await openSession().catch((): Refused => ({ refused: 'coordination-unavailable' }))
    if ('refused' in session) return this.#end(leaving, () => onRefused(session.refused))
    if (leaving.signal.aborted) return session.yieldSlot()
    this.#session = session
    const admission = await session.admit(leaving.signal, this.#options.priority)
    if (leaving.signal.aborted) return
    if (!admission.admitted) return this.#end(leaving, () => this.#sessionEnded(session, admission.reason))
    const viewer = session.packaging.addPackager(this.#createSink(leaving, session), admission.position)
    leaving.signal.addEventListener('abort', () => session.packaging.removePackager(viewer))
  }

  /** @param refused that is why it had no media yet */
  #sessionEnded(session: ChannelSession, refused?: ErrorCode): void {
    const { onRefused, onEnded } = this.#options
    if (refused !== undefined) onRefused(refused)
    const { endReason } = session.packaging
    if (endReason !== undefined) onEnded(endReason)
  }

  #createSink(leaving: AbortController, session: ChannelSession): ViewerSink {
    const splitter = new FragmentSplitter(this.#options.onFragment)
    const end = (): void => this.#end(leaving, () => this.#sessionEnded(session))
    return {
      write(bytes, done) {
        splitter.push(bytes)
        done()
      },
      cork: () => undefined,
      uncork: () => undefined,
      end,
      destroy: end,
    }
  }

  #end(leaving: AbortController, after: () => void): void {
    if (this.#leaving !== leaving) return
    this.stop()
    after()
  }
}
