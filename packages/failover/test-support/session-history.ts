/** Plays a history of events through the machine and writes its actions down, one line each. */
import type { ChannelEvent, ChannelState, Step } from '../src/channel-model.ts'
import { begin, next } from '../src/channel-state.ts'
import type { Candidate, Failure, FailureKind, Skip } from '../src/model.ts'

export const limits = { maxRetries: 3, stableMs: 10_000 }

export const candidates = (...names: string[]): Candidate[] =>
  names.map((name) => ({ streamId: name, accountId: `account-of-${name}` }))

export const failure = (kind: FailureKind): Failure => ({ kind, code: `test-${kind}` })

export function play(names: string[], history: (run: Run) => void, shared = false): string[] {
  const run = new Run(begin(candidates(...names), limits, shared), names)
  history(run)
  return run.lines
}

export class Run {
  state: ChannelState
  lines: string[] = []
  names: readonly string[]

  constructor(first: Step, names: string[]) {
    this.names = names
    this.state = first.state
    this.#write(first)
  }

  event(event: ChannelEvent): this {
    const step = next(this.state, event)
    this.state = step.state
    this.#write(step)
    return this
  }

  grant(): this {
    return this.event({ type: 'slot-granted', attempt: this.attempt })
  }

  refuse(because: Skip): this {
    return this.event({ type: 'slot-refused', attempt: this.attempt, because })
  }

  healthy(): this {
    return this.grant().event({ type: 'media-healthy', attempt: this.attempt })
  }

  fail(kind: FailureKind, playedMs = 0): this {
    const attempt = this.attempt
    return this.event({ type: 'failed', attempt, failure: failure(kind), playedMs }).event({ type: 'closed', attempt })
  }

  get attempt(): number {
    return 'attempt' in this.state ? this.state.attempt.number : -1
  }

  #write(step: Step): void {
    for (const action of step.actions) {
      const target = 'attempt' in action ? this.names[action.attempt.stream] : ''
      const detail =
        action.do === 'rest'
          ? `round ${action.round}`
          : action.do === 'end'
            ? action.end
            : action.do === 'await-slot'
              ? [...action.streams.map((stream) => this.names[stream]), action.patient ? 'patiently' : ''].join(' ')
              : action.do === 'step-down'
                ? (action.end ?? '')
                : target
      this.lines.push(`${action.do} ${detail}`.trim())
    }
  }
}
