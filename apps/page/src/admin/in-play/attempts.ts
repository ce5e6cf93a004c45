import type { ChannelDetails, SessionStep } from '@kptv/contract'

/** A step of an attempt, and how long after the one before it came. */
type TimedStep = { readonly step: SessionStep['step']; readonly afterMs: number }

/** What a node did to play a stream; without a stream it took the lead, or gave it up. */
export type Attempt = {
  readonly node: string
  readonly at: number
  readonly source: string | null
  readonly stream: string | null
  readonly steps: readonly TimedStep[]
  /** Why it failed; null while it has not. */
  readonly code: string | null
}

/** The attempts of all nodes, the newest first. */
export function attemptsOf(nodes: ChannelDetails['nodes']): readonly Attempt[] {
  return nodes
    .flatMap(({ node, plays }) => split(plays.steps).map((steps) => attemptOf(node, steps)))
    .toSorted((one, other) => other.at - one.at)
}

/** A slot begins an attempt; steps of another stream, or of the lead, are none of it. */
function split(steps: readonly SessionStep[]): readonly (readonly SessionStep[])[] {
  const groups: SessionStep[][] = []
  const openOf = new Map<string, SessionStep[]>()
  for (const step of steps) {
    const open = step.stream === null || step.step === 'slot-taken' ? undefined : openOf.get(step.stream)
    if (open !== undefined) open.push(step)
    else {
      const begun = [step]
      groups.push(begun)
      if (step.stream !== null) openOf.set(step.stream, begun)
    }
    if (step.step === 'stream-failed' && step.stream !== null) openOf.delete(step.stream)
  }
  return groups
}

function attemptOf(node: string, steps: readonly SessionStep[]): Attempt {
  const { at, source, stream } = steps[0]!
  const timed = steps.map((step, index) => ({
    step: step.step,
    afterMs: Math.max(0, step.at - (steps[index - 1] ?? step).at),
  }))
  return { node, at, source, stream, steps: timed, code: steps.at(-1)!.code }
}
