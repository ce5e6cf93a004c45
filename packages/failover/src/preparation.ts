import type { ChannelEvent, Preparing, Step, Withdrawing } from './channel-model.ts'
import { countTry, type Ledger } from './ledger.ts'
import type { EndReason } from './model.ts'
import { adopt, elect, leave, stay, verdictOf, withFirst } from './steps.ts'

/** Tries the leader's own stream first: with that one nothing is missing or repeated. */
export function accept(ledger: Ledger, streamId: string | undefined): Step {
  const all = ledger.candidates.map((_, stream) => stream).filter((stream) => ledger.records[stream]?.dead !== true)
  const same = all.filter((stream) => ledger.candidates[stream]?.streamId === streamId)
  return reserveSpare(ledger, [...same, ...all.filter((stream) => !same.includes(stream))])
}

/**
 * An event while this node prepares. If anything goes wrong it keeps following: the leader still
 * plays, or closes first and announces it.
 */
export function prepare(state: Preparing, event: ChannelEvent): Step {
  const { attempt, ledger, step, others } = state
  switch (event.type) {
    case 'slot-granted':
      if (step !== 'reserving') return stay(state)
      return { state: { ...state, step: 'opening' }, actions: [{ do: 'prepare', attempt }] }
    case 'slot-refused':
      return step === 'reserving' ? reserveSpare(ledger, others) : stay(state)
    case 'ready':
      if (step !== 'opening') return stay(state)
      return { state: { ...state, step: 'claiming' }, actions: [{ do: 'elect', again: false }] }
    case 'elected':
      return step === 'claiming' ? takeOver(state) : stay(state)
    case 'led-by-another':
    case 'not-elected':
      return step === 'claiming' ? giveUp(state, { go: 'follow' }) : stay(state)
    case 'failed':
    case 'outranked':
      return giveUp(state, { go: 'follow' })
    case 'hand-over':
      return withFirst(giveUp(state, { go: 'follow' }), { do: 'decline' })
    case 'invitation-over':
      return step === 'claiming' ? stay(state) : giveUp(state, { go: 'follow' })
    case 'leader-silent':
      return step === 'claiming' ? stay(state) : giveUp(state, { go: 'elect' })
    case 'leader-ended':
      return step === 'claiming' ? stay(state) : giveUp(state, afterLeader(event.end))
    case 'abandoned':
      return giveUp(state, { go: 'end', end: 'idle' })
    case 'stopped':
      return giveUp(state, { go: 'end', end: 'stopped' })
    case 'candidates-changed':
      // The others are indexes into the old list.
      return adopt({ ...state, others: [] }, event.candidates)
    default:
      return stay(state)
  }
}

export function withdraw(state: Withdrawing, event: ChannelEvent): Step {
  const { attempt, ledger, after } = state
  switch (event.type) {
    case 'closed':
      if (after.go === 'elect') return elect(ledger, after)
      return after.go === 'end' ? leave(after.end) : { state: { phase: 'following', ledger }, actions: [] }
    case 'elected':
      // The claim was already on its way: this node leads, and opens a new connection once this one
      // is closed.
      if (after.go === 'end') return stay({ phase: 'closing', attempt, ledger, after })
      return {
        state: { phase: 'closing', attempt, ledger, after: { go: 'on' } },
        actions: [{ do: 'unfollow' }, { do: 'lead' }],
      }
    case 'leader-silent':
      return after.go === 'follow' ? stay({ ...state, after: { go: 'elect' } }) : stay(state)
    case 'leader-ended':
      return after.go === 'follow' ? stay({ ...state, after: afterLeader(event.end) }) : stay(state)
    case 'abandoned':
      return stay({ ...state, after: { go: 'end', end: 'idle' } })
    case 'stopped':
      return stay({ ...state, after: { go: 'end', end: 'stopped' } })
    case 'candidates-changed':
      return adopt(state, event.candidates)
    default:
      return stay(state)
  }
}

function afterLeader(end: EndReason): Withdrawing['after'] {
  return end === 'outranked' ? { go: 'end', end } : { go: 'elect', ...verdictOf(end) }
}

function reserveSpare(ledger: Ledger, streams: readonly number[]): Step {
  const [stream, ...others] = streams
  if (stream === undefined) return stay({ phase: 'following', ledger })
  const attempt = { number: ledger.attempts + 1, stream }
  return {
    state: { phase: 'preparing', step: 'reserving', attempt, others, ledger: { ...ledger, attempts: attempt.number } },
    actions: [{ do: 'reserve', attempt, spare: true }],
  }
}

function takeOver({ attempt, ledger }: Preparing): Step {
  return {
    state: { phase: 'playing', attempt, ledger: countTry(ledger, attempt) },
    actions: [{ do: 'unfollow' }, { do: 'lead' }, { do: 'take-over', attempt }],
  }
}

function giveUp({ attempt, ledger }: Preparing, after: Withdrawing['after']): Step {
  return { state: { phase: 'withdrawing', attempt, ledger, after }, actions: [{ do: 'close', attempt }] }
}
