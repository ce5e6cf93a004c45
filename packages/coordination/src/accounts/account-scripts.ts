import { defineScript } from '@kptv/redis'

/** Why a provider is left alone for now. */
type Pause = 'rest' | 'budget'

export type Turn =
  | { readonly may: true }
  /** `waitMs`: when another try makes sense; 0: as soon as another session is served or leaves. */
  | { readonly may: false; readonly because: 'queue' | Pause; readonly waitMs: number }

type TurnArguments = readonly [
  rank: string,
  name: string,
  limit: number,
  lifetimeMs: number,
  budget: number,
  machine: string,
]

export const takeTurn = defineScript<TurnArguments, Turn>({
  file: new URL('./take-turn-4.lua', import.meta.url),
  parse: (reply) => {
    const [may, waitMs, because] = reply as [number, number, 'queue' | Pause]
    return may === 1 ? { may: true } : { may: false, because, waitMs: Number(waitMs) }
  },
})

export const leaveQueue = defineScript<readonly [name: string], number>({
  file: new URL('./leave-queue-1.lua', import.meta.url),
  parse: Number,
})

export type AttemptBegin =
  | {
      readonly outcome: 'begun'
      /** How long ago the account's last connection that its provider counted ended. */
      readonly sinceCloseMs: number | undefined
      /** All slots of the account are taken, this one included. */
      readonly isFull: boolean
      /** How long the provider keeps counting a connection after its end, as far as observed. */
      readonly coolDownMs: number
    }
  /** The account has begun to rest, or its budget was used up, since the turn was given. */
  | { readonly outcome: 'too-late'; readonly because: Pause; readonly waitMs: number }
  /** The slot was not granted, so no attempt has begun. */
  | { readonly outcome: 'no-slot' }

type BeginArguments = readonly [
  slotId: string,
  limit: number,
  budget: number,
  machine: string,
  rest: 'restUntil' | 'servedRestUntil' | '',
]

export const beginAttempt = defineScript<BeginArguments, AttemptBegin>({
  file: new URL('./begin-attempt-3.lua', import.meta.url),
  parse: (reply) => {
    const [begun, first, second, coolDownMs] = reply as [number, number, number | Pause, number]
    if (begun === 2) return { outcome: 'no-slot' }
    if (begun === 0) return { outcome: 'too-late', because: second as Pause, waitMs: Number(first) }
    const sinceCloseMs = first < 0 ? undefined : Number(first)
    return { outcome: 'begun', sinceCloseMs, isFull: second === 1, coolDownMs: Number(coolDownMs) }
  },
})

type EndArguments = readonly [slotId: string, isCounted: 0 | 1, isHarmless: 0 | 1, lifetimeMs: number]

export const endAttempt = defineScript<EndArguments, void>({
  file: new URL('./end-attempt-2.lua', import.meta.url),
  parse: () => undefined,
})

type RefusalArguments = readonly [
  streamId: string,
  sinceCloseMs: number,
  demandedMs: number,
  shortestMs: number,
  longestMs: number,
  longestServedMs: number,
  longestDemandedMs: number,
  lifetimeMs: number,
  machine: string,
  neededMachines: number,
]

export const noteRefusal = defineScript<RefusalArguments, number>({
  file: new URL('./note-refusal-1.lua', import.meta.url),
  parse: Number,
})

type SuccessArguments = readonly [
  streamId: string,
  sinceCloseMs: number,
  longestMs: number,
  holdsMs: number,
  promptMs: number,
  lifetimeMs: number,
  machine: string,
]

export const noteSuccess = defineScript<SuccessArguments, number>({
  file: new URL('./note-success-1.lua', import.meta.url),
  parse: Number,
})
