import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, eventually } from '@kptv/testkit'
import { findLeftovers } from '../chaos/rig.ts'
import { type SoakWorld, startSoakWorld } from './soak-world.ts'
import { TROUBLES, type Trouble } from './troubles.ts'
import { type Zap, zap } from './zapping-viewer.ts'

type SoakOptions = {
  readonly seed: number
  readonly durationMs: number
  readonly viewers: number
  readonly channels: number
  /** Connections that each of the two accounts allows. */
  readonly limit: number
  readonly troubles?: readonly Trouble[]
  /** It continues until this many have been played, even if that takes longer. Default 0. */
  readonly minTroubles?: number
  readonly say?: (line: string) => void
}

type SoakResult = {
  readonly zaps: Readonly<Record<Zap['outcome'], number>>
  readonly troubles: number
  /**
   * What the media of viewers had, by kind; shown, not judged: nodes die here. A node that leaves
   * the lead of a channel to another source enters that at a join point, so its clock steps on.
   */
  readonly flaws: Readonly<Record<'ofUnharmedNodes' | 'ofHarmedNodes', Readonly<Record<string, number>>>>
  /** Broken promises, one sentence each. */
  readonly violations: readonly string[]
}

const PAUSE_MS = [1_000, 5_000] as const
const CLEAN_MS = 60_000

/**
 * Viewers zap over all nodes while one trouble follows another. Three judges: no provider sees more
 * connections than its limit; no response on a node that lives ends; when all have left, nothing is
 * left in Redis or at a provider.
 */
export async function playSoak(options: SoakOptions): Promise<SoakResult> {
  const { seed, durationMs, viewers, troubles = TROUBLES, minTroubles = 0, say = () => {} } = options
  await using world = await startSoakWorld(options)
  const random = createRandom(seed)
  const zaps: Zap[] = []
  const violations: string[] = []
  const onZap = (one: Zap) => {
    zaps.push(one)
    if (one.outcome !== 'ended') return
    const sentence = `a response on ${one.edge}, which lives, ended after ${Math.round(one.playedMs)} ms (${current})`
    violations.push(sentence)
    say(`! ${sentence}`)
    for (const line of lastProblems(world, one.edge)) say(`    ${line}`)
  }
  let current = 'before the first trouble'
  let played = 0
  const stop = new AbortController()
  const audience = Array.from({ length: viewers }, (_, index) =>
    zap(world, { random: createRandom(seed * 1_000 + index), signal: stop.signal, onZap }),
  )
  const endsAtMs = performance.now() + durationMs
  // Each once, in any order, and then again.
  let queue: Trouble[] = []
  while (performance.now() < endsAtMs || played < minTroubles) {
    await sleep(random.between(...PAUSE_MS))
    if (queue.length === 0) queue = shuffled(troubles, random.next)
    const trouble = queue.pop()!
    current = trouble.name
    say(`${Math.round((endsAtMs - performance.now()) / 1000)} s to go: ${trouble.name}`)
    await trouble.play(world, random)
    await world.mend()
    played += 1
  }
  stop.abort()
  await Promise.all(audience)
  violations.push(...(await judge(world)))
  return {
    zaps: countBy(zaps, ({ outcome }) => outcome),
    troubles: played,
    flaws: {
      ofUnharmedNodes: countFlaws(zaps.filter(({ isNodeUnharmed }) => isNodeUnharmed)),
      ofHarmedNodes: countFlaws(zaps.filter(({ isNodeUnharmed }) => !isNodeUnharmed)),
    },
    violations,
  }
}

function countFlaws(zaps: readonly Zap[]): Record<string, number> {
  const flaws = zaps.flatMap((one) => one.flaws)
  return countBy(flaws, (flaw) => flaw.replaceAll(/\d+/g, 'N'))
}

async function judge({ cluster, providers }: SoakWorld): Promise<string[]> {
  let left: string[] = []
  const isClean = async () => {
    left = await findLeftovers(cluster, providers)
    return left.length === 0
  }
  await eventually('nothing is left', isClean, { deadlineMs: CLEAN_MS, everyMs: 200 }).catch(() => {})
  const truths = await Promise.all(providers.map((provider) => provider.truth()))
  return [
    ...truths.flatMap((truth) =>
      truth.violations.map(
        ({ user, open, limit }) => `${user}: a connection was wanted while ${open} of ${limit} were open`,
      ),
    ),
    ...left.map((what) => `${what} left a minute after the last viewer`),
  ]
}

const SHOWN_PROBLEMS = 5

/** What a node said last of problems. */
function lastProblems({ cluster }: SoakWorld, name: string): string[] {
  const lines = cluster.edges.find((edge) => edge.name === name)?.process.lines ?? []
  return lines.flatMap(({ text }) => (/"level":"(?:WARN|ERROR)"/.test(text) ? [text] : [])).slice(-SHOWN_PROBLEMS)
}

function shuffled<Value>(values: readonly Value[], next: () => number): Value[] {
  return values
    .map((value) => ({ value, rank: next() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ value }) => value)
}

function countBy<Value, Key extends string>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): Record<Key, number> {
  const counts = {} as Record<Key, number>
  for (const value of values) counts[keyOf(value)] = (counts[keyOf(value)] ?? 0) + 1
  return counts
}
