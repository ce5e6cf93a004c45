import { defineScript, type Redis } from '@kptv/redis'

const takeDuty = defineScript<readonly [holder: string, ttlMs: number], boolean>({
  file: new URL('./take-duty-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

type DutyOptions = {
  readonly redis: Redis
  readonly key: string
  /** Identifies this process; unique for each start. */
  readonly holder: string
  readonly ttlMs?: number
  readonly monotonicMs?: () => number
  /** Called when the duty begins for this process, and when it ends. */
  readonly onChange: (isOurs: boolean) => void
}

type Duty = AsyncDisposable & {
  /** Takes the duty if it is free, or keeps it. A timer does so too. */
  check(): Promise<void>
}

/**
 * A duty that one process of the cluster has at a time. It is no safeguard: two may have it for a
 * moment, so use it only for work that is merely superfluous when done twice.
 */
export function createDuty(options: DutyOptions): Duty {
  const { redis, key, holder, ttlMs = 10_000, monotonicMs = () => performance.now(), onChange } = options
  let heldUntilMs = Number.NEGATIVE_INFINITY
  let isOurs = false

  function note(next: boolean): void {
    if (next === isOurs) return
    isOurs = next
    onChange(next)
  }

  async function check(): Promise<void> {
    const askedAtMs = monotonicMs()
    const held = await takeDuty(redis, [key], [holder, ttlMs]).catch(() => undefined)
    if (held === true) heldUntilMs = askedAtMs + ttlMs
    if (held !== undefined) return note(held)
    // Without an answer it may be another's once it has run out.
    if (monotonicMs() >= heldUntilMs) note(false)
  }

  const timer = setInterval(check, ttlMs / 4).unref()
  return {
    check,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      const wasOurs = isOurs
      note(false)
      if (wasOurs) await takeDuty(redis, [key], [holder, 1]).catch(() => undefined)
    },
  }
}
