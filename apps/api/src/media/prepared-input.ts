import { createSplicer, PACKET_BYTES } from '@kptv/mpegts'
import type { ChannelOutput } from './channel-output.ts'

/** Media is kept for so long at most; the leader does not wait longer anyway. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024
/** From here on it comes at the pace of the stream, so that what is left lasts until any join point will do, and until this node leads. */
const MAX_HASTY_BYTES = MAX_KEPT_BYTES / 2
/** After so long the stream is taken to have another clock than what came by relay: then any join point will do. */
const MEETING_MS = 1_500

/** A second connection of a channel in play: what it brings is kept until the output goes on with it. */
export type PreparedInput = Pick<ChannelOutput, 'push' | 'breakInput' | 'isRepeating'> & {
  /**
   * The output can go on with it now: there is a join point, and of the same stream the place up to which viewers have had it, so
   * that nothing is missing or repeated.
   */
  isReady(output: ChannelOutput): boolean
  /** Nothing more is kept, so it may not be joined any more: the caller gives up. */
  readonly isOverfull: boolean
  /** From now on this is the output's input. Answers what the output makes of all that was kept. */
  joinTo(output: ChannelOutput): ReturnType<ChannelOutput['push']>
}

export function createPreparedInput(streamId: string, now: () => number): PreparedInput {
  const probe = createSplicer()
  let kept: Buffer[] = []
  let keptBytes = 0
  let joined: ChannelOutput | undefined
  /** Time of the first picture, in the provider's clock, and when it came. */
  let first: { readonly ticks: number; readonly atMs: number } | undefined
  /** What is kept has times of its own, which say nothing of the place up to which viewers have had the stream. */
  let isBroken = false
  /** What is kept has not come to that place yet. */
  let isBehind = true

  return {
    get isRepeating() {
      if (joined !== undefined) return joined.isRepeating
      return isBehind && keptBytes < MAX_HASTY_BYTES
    },

    push(packets) {
      if (joined !== undefined) return joined.push(packets)
      if (keptBytes <= MAX_KEPT_BYTES) kept.push(Buffer.from(packets))
      keptBytes += packets.length
      return first === undefined ? pushUntilFirst(packets) : probe.push(packets)
    },

    breakInput() {
      if (joined !== undefined) return joined.breakInput()
      // What was kept ends here, and would only be in the way.
      kept = []
      keptBytes = 0
      first = undefined
      isBroken = true
      probe.startInput()
    },

    isReady(output) {
      if (first === undefined || probe.signature !== output.signature) return false
      const played = isBroken ? undefined : output.playedTicks(streamId)
      const latest = probe.snapshot().timeline.time
      const isMet = played !== undefined && latest !== undefined && isBetween(played, first.ticks, latest)
      const isLate = now() - first.atMs > MEETING_MS
      isBehind = !isMet && !isLate && played !== undefined && latest !== undefined && isBefore(latest, played)
      return isMet || played === undefined || isLate
    },

    get isOverfull() {
      return keptBytes > MAX_KEPT_BYTES
    },

    joinTo(output) {
      output.startInput(isBroken ? undefined : { streamId, offsetTicks: 0 })
      joined = output
      const all = Buffer.concat(kept)
      kept = []
      return output.push(all)
    },
  }

  /** Packet by packet, to see where it begins. */
  function pushUntilFirst(packets: Buffer): ReturnType<ChannelOutput['push']> {
    for (let at = 0; at < packets.length; at += PACKET_BYTES) {
      const spliced = probe.push(packets.subarray(at, at + PACKET_BYTES))
      const { time } = probe.snapshot().timeline
      if (spliced.packets.length === 0 || time === undefined) continue
      first = { ticks: time, atMs: now() }
      probe.push(packets.subarray(at + PACKET_BYTES))
      return spliced
    }
    return { packets: Buffer.alloc(0), joinPoints: [] }
  }
}

function isBefore(ticks: number, other: number): boolean {
  return (other - ticks + 2 ** 33) % 2 ** 33 < 2 ** 32
}

/** On a clock of 33 bits, where distances are short. */
function isBetween(ticks: number, from: number, to: number): boolean {
  const span = (to - from + 2 ** 33) % 2 ** 33
  return (ticks - from + 2 ** 33) % 2 ** 33 <= span
}
