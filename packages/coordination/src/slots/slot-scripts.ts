import { defineScript } from '@kptv/redis'
import type { Evidence } from '../liveness/evidence.ts'
import { parseHolder, type SlotHolder, type SlotState } from './slot-holder.ts'

type AcquireArguments = readonly [
  slotId: string,
  limit: number,
  leaseMs: number,
  runId: string,
  channelId: string,
  nodeId: string,
  incarnation: string,
  term: number | '',
  state: SlotState,
  device: string,
  priority: number,
]

type AcquireAnswer =
  | { readonly outcome: 'granted' }
  | { readonly outcome: 'full'; readonly retryAfterMs: number; readonly holders: string[] }
  /** Not the Redis whose warm-up was checked. */
  | { readonly outcome: 'other-redis' }

export const acquireSlot = defineScript<AcquireArguments, AcquireAnswer>({
  file: new URL('./acquire-slot-2.lua', import.meta.url),
  parse: (reply) => {
    const [code, waitMs, ...holders] = reply as [number, number, ...string[]]
    if (code === 1) return { outcome: 'granted' }
    if (code !== 0) return { outcome: 'other-redis' }
    return { outcome: 'full', retryAfterMs: Math.max(1, Number(waitMs)), holders }
  },
})

type InheritArguments = readonly [
  channelId: string,
  fromIncarnation: string,
  evidence: Evidence,
  proofAgeMs: number,
  leaseMs: number,
  runId: string,
  nodeId: string,
  incarnation: string,
  term: number | '',
]

type InheritAnswer =
  | { readonly outcome: 'inherited'; readonly slotId: string }
  /** `waitMs`: until the proof counts; 0 when there is no such slot. */
  | { readonly outcome: 'none'; readonly waitMs: number }

export const inheritSlot = defineScript<InheritArguments, InheritAnswer>({
  file: new URL('./inherit-slot-2.lua', import.meta.url),
  parse: (reply) => {
    const [code, second] = reply as [number, string | number | undefined]
    if (code === 1) return { outcome: 'inherited', slotId: String(second) }
    return { outcome: 'none', waitMs: code === 0 ? Number(second) : 0 }
  },
})

type RenewAnswer = Map<string, 'missing' | 'taken' | 'revoked' | 'outranked'>

export const renewSlots = defineScript<ReadonlyArray<string | number>, RenewAnswer>({
  file: new URL('./renew-slots-2.lua', import.meta.url),
  parse: (reply) => {
    const words = reply as string[]
    const lost: RenewAnswer = new Map()
    for (let index = 0; index < words.length; index += 2) {
      const why = words[index + 1]
      lost.set(words[index]!, why === 'missing' || why === 'revoked' || why === 'outranked' ? why : 'taken')
    }
    return lost
  },
})

type ReleaseArguments = readonly [slotId: string, incarnation: string, keepMs: number]

export const releaseSlot = defineScript<ReleaseArguments, boolean>({
  file: new URL('./release-slot-2.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

type DropArguments = readonly [incarnation: string, leaseMs: number, requiredAgeMs: number]

export const dropGoneHolder = defineScript<DropArguments, { readonly freed: number; readonly waitMs: number }>({
  file: new URL('./drop-gone-holder-2.lua', import.meta.url),
  parse: (reply) => {
    const [freed, waitMs] = reply as [number, number]
    return { freed, waitMs }
  },
})

export const revokeSlot = defineScript<readonly [slotId: string, incarnation: string], boolean>({
  file: new URL('./revoke-slot-2.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

type OutrankArguments = readonly [
  slotId: string,
  incarnation: string,
  limit: number,
  rank: string,
  name: string,
  priority: number,
]

/** @returns whether it was revoked now */
export const outrankSlot = defineScript<OutrankArguments, boolean>({
  file: new URL('./outrank-slot-3.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

/** `endsAt`: as Redis writes it, to find out later whether the slot was renewed. */
export type SilentSlot = { readonly slotId: string; readonly endsAt: string; readonly holder: SlotHolder }

/** Slots without a readable holder are left out, since there is no process to ask. */
export const findSilentSlots = defineScript<readonly [leaseMs: number, ageMs: number], SilentSlot[]>({
  file: new URL('./find-silent-slots-2.lua', import.meta.url),
  parse: (reply) => {
    const words = reply as string[]
    const found: SilentSlot[] = []
    for (let index = 0; index < words.length; index += 3) {
      const holder = parseHolder(words[index + 2])
      if (holder) found.push({ slotId: words[index]!, endsAt: words[index + 1]!, holder })
    }
    return found
  },
})

export const dropLeftSlot = defineScript<readonly [slotId: string, incarnation: string, endsAt: string], boolean>({
  file: new URL('./drop-left-slot-2.lua', import.meta.url),
  parse: (reply) => reply === 1,
})
