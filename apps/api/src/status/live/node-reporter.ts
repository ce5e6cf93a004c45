import type { DirectMediaPlayed, NodeReport, PlayedChannel } from '@kptv/contract'
import type { DirectMedia } from '../../direct/direct-request.ts'
import type { FiguresByChannel } from '../../events/channel-figures.ts'
import type { ChannelRegistry } from '../../sessions/channel-registry.ts'
import type { ChannelSession } from '../../sessions/channel-session.ts'
import { roleIn } from '../../sessions/session-role.ts'
import { createFormatReader } from './format-reader.ts'
import { RateMeter } from './rate-meter.ts'

export type NodeReporterOptions = {
  readonly identity: () => Pick<NodeReport, 'incarnation' | 'node' | 'version' | 'state' | 'startedAt'>
  readonly registry: Pick<ChannelRegistry, 'sessions' | 'viewerCount' | 'bufferedBytes'>
  /** What players have for themselves, one for each of them. */
  readonly direct: () => readonly DirectMedia[]
  readonly figures: FiguresByChannel
  readonly nowMs: () => number
}

/** @returns what this node plays at the moment */
export function createNodeReporter({
  identity,
  registry,
  direct,
  figures,
  nowMs,
}: NodeReporterOptions): () => NodeReport {
  const received = new RateMeter()
  const sent = new RateMeter()
  const formatOf = createFormatReader()

  function describe(session: ChannelSession, atMs: number): PlayedChannel {
    const { channelId, phase, stream, viewerCount } = session
    const { mediaBytes, sinceMs } = figures.of(channelId)
    return {
      channel: channelId,
      role: roleIn(phase),
      phase,
      source: stream?.sourceId ?? null,
      stream: stream?.streamId ?? null,
      viewers: viewerCount,
      bitsPerSecond: received.read(channelId, mediaBytes, atMs),
      format: formatOf(session, atMs),
      since: sinceMs,
    }
  }

  return () => {
    const atMs = nowMs()
    const sessions = [...registry.sessions]
    const players = direct()
    received.keep(new Set(sessions.map(({ channelId }) => channelId)))
    const sentBytes = sessions.flatMap(({ viewers }) => [...viewers]).reduce((sum, viewer) => sum + viewer.sentBytes, 0)
    return {
      at: atMs,
      ...identity(),
      viewers: registry.viewerCount + players.length,
      sentBitsPerSecond: sent.read('all', sentBytes, atMs),
      ringBytes: registry.bufferedBytes,
      direct: countDirect(players),
      channels: sessions.map((session) => describe(session, atMs)),
    }
  }
}

function countDirect(players: readonly DirectMedia[]): readonly DirectMediaPlayed[] {
  const same = Map.groupBy(players, ({ channel, kind }) => `${kind} ${channel}`)
  return [...same.values()].map((all) => ({ ...all[0]!, viewers: all.length }))
}
