import { expect, test } from '@jest/globals'
import { createRandom, createTransportStreamMaker, type Random, shortOrLong } from '@kptv/testkit'
import { RelayedNode } from '../../test-support/relayed-node.ts'

const PIECE_MS = 40
/** A provider sends so much again, and back to a key frame, to anyone who connects. */
const BURST_PIECES = 25
/** More than a schedule needs. */
const PIECES = 1_200
const TERMS = 4

function createStation(index: number) {
  const sourceId = `source${index}`
  const startTicks = 900_000 + index * 77_777_777
  const maker = createTransportStreamMaker({ sourceId, startTicks, bitsPerSecond: 500_000, gopMs: 400 })
  const made = Array.from({ length: PIECES }, () => maker.nextChunk(PIECE_MS))
  return {
    origin: { streamId: sourceId, offsetTicks: 0 },
    /** What a connection gets; from and to which piece. */
    play(from: number, to: number): Buffer[] {
      const start = made.findLastIndex(({ joinOffsets }, at) => at <= from - BURST_PIECES && joinOffsets.length > 0)
      const [first, ...others] = made.slice(start, to)
      return [first!.bytes.subarray(first!.joinOffsets[0]), ...others.map(({ bytes }) => bytes)].map((bytes) =>
        Buffer.from(bytes),
      )
    },
  }
}
const stations = Array.from({ length: 6 }, (_, index) => createStation(index))

/** The times that leaders gave to each frame. */
class ChannelTimes {
  readonly #times = new Map<string, Set<number>>()
  /** Frames of a former leader that a later one had not heard of, and sent too. */
  readonly unheard = new Set<string>()

  note(leader: RelayedNode, framesBefore: number): void {
    const had = new Set(leader.frames.slice(0, framesBefore).map(({ name }) => name))
    for (const { name, ticks } of leader.frames.slice(framesBefore)) {
      const times = this.#times.get(name) ?? new Set()
      if (times.size > 0 && !had.has(name)) this.unheard.add(name)
      this.#times.set(name, times.add(ticks))
    }
  }

  of(name: string): ReadonlySet<number> {
    return this.#times.get(name) ?? new Set()
  }
}

/**
 * Leaders in a row that die, or drain, or come back, or lead again at once. Each switches between
 * sources, or connects to one again; other nodes do not hear the last messages, or lose some for
 * good. No source is played again after another: its last second would be sent twice, by all.
 *
 * @param maxUnheard so many of a leader's last messages
 */
function playTerms(random: Random, maxUnheard: number) {
  const nodes = Array.from({ length: 3 }, () => new RelayedNode())
  const all = [...nodes]
  const channel = new ChannelTimes()
  let [leading, station, now] = [0, 0, 60]
  for (let term = 0; term < TERMS; term += 1) {
    const leader = nodes[leading]!
    const framesBefore = leader.frames.length
    leader.lead()
    for (let turn = random.whole(1, 3); turn > 0; turn -= 1) {
      const end = now + random.whole(1, 60)
      const { origin, play } = stations[station]!
      leader.output.startInput(origin)
      for (const bytes of play(now, end)) leader.output.push(bytes)
      now = end + random.whole(0, 30)
      station = (station + random.whole(0, 1)) % stations.length
    }
    channel.note(leader, framesBefore)
    const pieces = leader.published()
    for (const other of nodes) {
      if (other === leader) continue
      const heard = pieces.slice(0, Math.max(0, pieces.length - random.whole(0, 1) * random.whole(0, maxUnheard)))
      const lostFrom = random.chance(0.3) ? random.below(pieces.length) : pieces.length
      const lostTo = lostFrom + random.whole(1, 20)
      other.hear(heard, (at) => at >= lostFrom && at < lostTo)
    }
    const isRestarted = random.chance(0.5)
    if (isRestarted) {
      const restarted = new RelayedNode()
      nodes[leading] = restarted
      all.push(restarted)
    }
    // A node that has just started knows nothing to go on with.
    leading = (leading + random.whole(isRestarted ? 1 : 0, 2)) % nodes.length
  }
  return { all, channel }
}

/** What is wrong with the output of any node. */
function flawsOf(nodes: readonly RelayedNode[]): string[] {
  return nodes.flatMap(({ checker }) => {
    const { continuity, clocks, sequence } = checker.report()
    const { pcrBackward, stampBackward } = clocks
    const isSteady = continuity.errors + pcrBackward + stampBackward === 0
    const isWhole = sequence.switches.every(({ startsAtKeyFrame }) => startsAtKeyFrame)
    return isSteady && isWhole ? [] : [JSON.stringify({ continuity, pcrBackward, stampBackward, isWhole })]
  })
}

const seeds = Array.from({ length: shortOrLong(8, 300) }, (_, seed) => seed + 1)

test("across switches, takeovers and losses each frame has its leader's time on every node", () => {
  let compared = 0
  for (const seed of seeds) {
    const { all, channel } = playTerms(createRandom(seed), 12)
    const foreign = all.flatMap(({ frames }) => frames).filter(({ name, ticks }) => !channel.of(name).has(ticks))
    expect({ seed, foreign, flaws: flawsOf(all) }).toEqual({ seed, foreign: [], flaws: [] })
    // Only where a new leader had not heard of it, and its source sent it again.
    const names = new Set(all.flatMap(({ frames }) => frames.map(({ name }) => name)))
    const moved = [...names].filter((name) => channel.of(name).size > 1 && !channel.unheard.has(name))
    expect({ seed, moved }).toEqual({ seed, moved: [] })
    compared += names.size - channel.unheard.size
  }
  expect(compared).toBeGreaterThan(200 * seeds.length)
})
