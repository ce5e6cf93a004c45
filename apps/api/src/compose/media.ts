import type { CatalogChannel } from '@kptv/catalog'
import { systemClock } from '@kptv/clock'
import { createAddressPolicy, findFfmpeg } from '@kptv/upstream'
import { createSessionSlots } from '../cluster/create-session-slots.ts'
import { SharedChannel } from '../cluster/shared-channel.ts'
import { createSlotSignals } from '../cluster/slot-signals.ts'
import { PlayerSlots } from '../direct/player-slots.ts'
import { FiguresByChannel } from '../events/channel-figures.ts'
import type { EdgeEvents } from '../events/edge-events.ts'
import { SessionSteps } from '../events/session-steps.ts'
import { createFoundFiles } from '../providers/found-files.ts'
import { createPanelDetails } from '../providers/panel-details.ts'
import { createPlayableStreams, type PlayableFile } from '../providers/playable-streams.ts'
import { DEFAULT_TIMING } from '../providers/stream-pull.ts'
import { createUnsupportedStreams } from '../providers/unsupported-streams.ts'
import { ChannelRegistry } from '../sessions/channel-registry.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Store } from './redis.ts'

/** A stream that played this long was healthy: its end is not a fault. */
const STABLE_MS = 10_000

export type Media = ReturnType<typeof composeMedia>

/** The channels in play, and how the streams of a channel become connections to providers. */
export function composeMedia(parts: EdgeParts, store: Store, membership: Membership, events: EdgeEvents) {
  const providers = composeProviders(parts, store, membership)
  const { signals, registry, players, freeLingeringSlot } = composeSessions(parts, store, membership, events)
  const figures = new FiguresByChannel(Date.now)
  events.listen(figures.listen)
  const steps = new SessionSteps(Date.now)
  events.listen(steps.listen)

  const { subscriber, keys } = store
  subscriber.on('message', (name: string, accountId: string) => {
    if (name === keys.slotFreed) {
      registry.slotFreed(accountId)
      players.slotFreed()
    }
    if (name !== keys.slotWanted) return
    signals.heardWanted(accountId)
    void freeLingeringSlot(accountId)
  })
  membership.cluster.slots.onLost((slotIds, reason) => {
    registry.slotsLost(slotIds, reason === 'outranked')
    players.slotsLost(slotIds)
  })
  return { events, registry, players, figures, steps, ...providers }
}

function composeProviders({ settings, book }: EdgeParts, store: Store, { cluster }: Membership) {
  const allowAddress = createAddressPolicy({
    allowedCidrs: settings.allowPrivate,
    allowedHosts: () => book.current().map((source) => new URL(source.url).hostname),
  })
  const ffmpeg = findFfmpeg(settings.ffmpeg, process.env.PATH ?? '')
  const unsupported = createUnsupportedStreams()
  const foundFiles = createFoundFiles(store)
  const loopMark = () => cluster.incarnation.id
  const playable: (channel: Pick<CatalogChannel, 'streams'>) => PlayableFile[] = createPlayableStreams(
    { ...settings, sources: book.current, loopMark },
    allowAddress,
    { ffmpeg, unsupported, foundFiles },
  )
  const panelDetails = createPanelDetails({ ...settings, sources: book.current }, allowAddress)
  return { ffmpeg, unsupported, foundFiles, playable, panelDetails, allowAddress, loopMark }
}

function composeSessions({ settings, logger }: EdgeParts, store: Store, membership: Membership, events: EdgeEvents) {
  const { redis, keys } = store
  const { cluster, relay, health } = membership
  const { accounts, leadership, presence, slots } = cluster
  const signals = createSlotSignals({
    // Every edge receives it, including this one.
    announce: (signal, accountId) => {
      redis.publish(signal === 'wanted' ? keys.slotWanted : keys.slotFreed, accountId).catch(() => undefined)
    },
    monotonicMs: systemClock.monotonicMs,
  })
  const incarnation = () => cluster.incarnation.id
  const mayLead = async (other: string) => (await cluster.nodes.read(other))?.state === 'serving'
  const share = (channelId: string) =>
    new SharedChannel({ channelId, leadership, presence, incarnation, mayLead, relay, clock: systemClock })
  const freeLingeringSlot = async (accountId: string): Promise<boolean> =>
    (await registry.freeLingeringSlot(accountId)) || players.freeLingering(accountId)
  const createSlots = createSessionSlots({
    nodeId: settings.nodeId,
    slots,
    accounts,
    outranking: cluster.outranking,
    presence,
    health,
    quarantine: cluster.quarantine,
    signals,
    freeLingeringSlot,
    logger,
  })
  const players = new PlayerSlots({ createSlots: (name) => createSlots(name, undefined), clock: systemClock })
  const registry: ChannelRegistry = new ChannelRegistry({
    cluster: createSlots,
    share: settings.enableRestreaming ? share : undefined,
    events,
    totalBufferBytes: settings.maxBufferSizeBytes,
    maxRingBytes: settings.bufferSizePerStreamBytes,
    settings: {
      limits: { maxRetries: settings.maxRetries, stableMs: STABLE_MS, slate: settings.slate },
      retryDelayMs: settings.retryDelayMs,
      inactiveTimeoutMs: settings.inactiveTimeoutMs,
      minDataBytes: settings.minDataSizeBytes,
      timing: DEFAULT_TIMING,
    },
    clock: systemClock,
    random: Math.random,
  })
  return { signals, registry, players, freeLingeringSlot }
}
