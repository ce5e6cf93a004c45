import { defineScript } from '@kptv/redis'

type AcquireArguments = readonly [
  slotId: string,
  limit: number,
  leaseMs: number,
  channelId: string,
  nodeId: string,
  incarnation: string,
]

type AcquireAnswer =
  | { outcome: 'granted'; runId: string }
  | { outcome: 'full'; retryAfterMs: number; holders: string[] }

export const acquireSlot = defineScript<AcquireArguments, AcquireAnswer>({
  file: new URL('./acquire-slot-2.lua', import.meta.url),
  parse: (reply) => {
    const [granted, second, ...holders] = reply as [number, number | string, ...string[]]
    if (granted === 1) return { outcome: 'granted', runId: String(second) }
    return { outcome: 'full', retryAfterMs: Math.max(1, Number(second)), holders }
  },
})

export const renewSlots = defineScript<ReadonlyArray<string | number>, { runId: string; lost: string[] }>({
  file: new URL('./renew-slots-2.lua', import.meta.url),
  parse: (reply) => {
    const [runId, ...lost] = reply as [string, ...string[]]
    return { runId, lost }
  },
})

export const releaseSlot = defineScript<readonly [slotId: string, incarnation: string], boolean>({
  file: new URL('./release-slot-2.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

type DropArguments = readonly [incarnation: string, leaseMs: number, requiredAgeMs: number]

export const dropGoneHolder = defineScript<DropArguments, { freed: number; waitMs: number }>({
  file: new URL('./drop-gone-holder-2.lua', import.meta.url),
  parse: (reply) => {
    const [freed, waitMs] = reply as [number, number]
    return { freed, waitMs }
  },
})
