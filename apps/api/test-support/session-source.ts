import { PassThrough } from 'node:stream'
import { createManualClock, createTransportStreamMaker, type ManualClock } from '@kptv/testkit'
import type { OpenedStream } from '@kptv/upstream'
import type { ConnectionEnd, SessionSlots } from '../src/cluster/session-slots.ts'
import { EdgeEvents } from '../src/events/edge-events.ts'
import type { ViewerSink } from '../src/media/viewer.ts'
import type { PlayableStream } from '../src/providers/playable-streams.ts'
import { ChannelRegistry } from '../src/sessions/channel-registry.ts'
import { ampleCluster, createSharedChannel, type SharedChannelParts, sessionSettings } from './session-parts.ts'

/**
 * A node whose one source is in memory: it counts slots and connections, and sends media on demand.
 * Time passes only when a test moves it.
 *
 * @param limit of connections to the source
 * @param shared how the nodes share a channel
 */
export function createSessionSource(
  limit: number,
  shared: Omit<SharedChannelParts, 'clock'> & { readonly clock?: ManualClock } = {},
) {
  const { clock = createManualClock() } = shared
  const state = {
    slots: new Set<string>(),
    slotsTaken: 0,
    /** Accounts in whose queue the node has a place. */
    queued: new Set<string>(),
    /** Another node wants a slot. */
    isWanted: false,
    /** Of each request for a slot: whether the session has viewers. */
    requests: [] as boolean[],
    /** A request for a slot waits for it. */
    beforeSlot: Promise.resolve() as Promise<unknown>,
    ends: [] as Array<ConnectionEnd | undefined>,
    wasQueuedAtRelease: false,
    /** Slots given back while their connection was open: another connection could take them. */
    releasedTooEarly: 0,
    /** Connections, now and ever. */
    open: 0,
    opened: 0,
  }
  const bodies = new Set<PassThrough>()
  const maker = createTransportStreamMaker()

  const connect = async (): Promise<OpenedStream> => {
    const body = new PassThrough()
    bodies.add(body)
    state.open += 1
    state.opened += 1
    const closed = new Promise<void>((resolve) => body.once('close', resolve))
    void closed.then(() => {
      state.open -= 1
      bodies.delete(body)
    })
    const close = async (): Promise<void> => {
      body.destroy()
      await closed
    }
    return { body, contentType: 'video/mp2t', close, closed }
  }
  const cluster: SessionSlots = {
    ...ampleCluster,
    async takeSlot(stream, { hasViewers }) {
      state.requests.push(hasViewers)
      await state.beforeSlot
      if (state.slots.size >= limit && !(await registry.freeLingeringSlot(stream.accountId))) return { skip: 'full' }
      if (state.slots.size >= limit) return { skip: 'full' }
      state.slotsTaken += 1
      const slotId = `slot-${state.slotsTaken}`
      state.slots.add(slotId)
      return { slotId }
    },
    async queue({ accountId }) {
      state.queued.add(accountId)
      return state.slots.size < limit ? { may: true } : { may: false, because: 'queue', waitMs: 0 }
    },
    leaveQueues: () => state.queued.clear(),
    leaveQueuesBut(streams) {
      const kept = new Set(streams.map(({ accountId }) => accountId))
      for (const accountId of state.queued) if (!kept.has(accountId)) state.queued.delete(accountId)
    },
    want: (stream) => void registry.freeLingeringSlot(stream.accountId),
    isWanted: () => state.isWanted,
    hasSpareSlot: async () => state.slots.size < limit,
    async releaseSlot(slotId, end) {
      state.ends.push(end)
      if (state.open >= state.slots.size) state.releasedTooEarly += 1
      state.wasQueuedAtRelease = state.queued.size > 0
      state.slots.delete(slotId)
    },
  }
  const registry: ChannelRegistry = new ChannelRegistry({
    cluster: () => cluster,
    events: new EdgeEvents(),
    share: (channelId) => createSharedChannel({ ...shared, clock, channelId }),
    totalBufferBytes: 2 * 1024 * 1024,
    maxRingBytes: 512 * 1024,
    settings: sessionSettings,
    clock,
    random: () => 0.5,
  })
  const stream: PlayableStream = { streamId: 'stream', sourceId: 'source', accountId: 'account', limit, connect }

  /** Everything that needs no time has happened. */
  const settle = (): Promise<void> => clock.advance(0)
  const open = async (channelId = 'channel') => (await registry.open(channelId, [stream]))!
  return {
    clock,
    state,
    registry,
    stream,
    settle,
    open,

    /** A session with a viewer that has media. */
    async play(channelId = 'channel') {
      const session = await open(channelId)
      const admission = session.admit(stays)
      await settle()
      this.send(2_000)
      await settle()
      const answer = await admission
      if (!answer.admitted) throw new Error(`not admitted: ${answer.reason}`)
      return { session, viewer: session.addViewer(sink, answer.position) }
    },

    /** Sends this much media at once. */
    send(mediaMs: number): void {
      const media = maker.next(mediaMs)
      for (const body of bodies) body.write(media)
    },

    /** The source ends its connections. */
    cut(): void {
      for (const body of bodies) body.end()
    },

    /** Time passes while media arrives. */
    async pass(ms: number): Promise<void> {
      for (let leftMs = ms; leftMs > 0; leftMs -= 1_000) {
        this.send(Math.min(leftMs, 1_000))
        await clock.advance(Math.min(leftMs, 1_000))
      }
    },

    async stop(): Promise<void> {
      await Promise.all([registry.stopAll(), settle()])
    },
  }
}

/** Of a request whose client stays. */
export const stays = new AbortController().signal

const sink: ViewerSink = {
  write: (_bytes, accepted) => accepted(),
  cork: () => undefined,
  uncork: () => undefined,
  end: () => undefined,
  destroy: () => undefined,
}
