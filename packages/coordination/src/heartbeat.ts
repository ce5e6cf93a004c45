import type { Slots } from './slots/slots.ts'

export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

/** `taken`: Redis says the slot is not ours any more. `deadline`: it could not be renewed for too long. */
export type LossReason = 'taken' | 'deadline'

export type HeartbeatOptions = {
  slots: Pick<Slots, 'renewAll' | 'abandonOlderThan' | 'held'>
  /** As given to {@link createSlots}. */
  leaseMs: number
  logger: Logger
  /** Pause between two beats, ±10 %. */
  everyMs?: number
  /** A slot not renewed for so long is given up. Must end well before the lease does. Default: lease − 4 s. */
  deadlineMs?: number
  /** Called when a renewal got no answer in time: the connection is half-open and must be made anew. */
  reconnect?: () => void
  monotonicMs?: () => number
  random?: () => number
}

export type Heartbeat = ReturnType<typeof createHeartbeat>

/**
 * The one timer that renews everything this process holds.
 *
 * Contract for the caller: when `onLost` names a slot, close its provider connection at once, in the same turn, and
 * call `slots.release` after its socket has closed. Within the deadline a holder goes on although Redis is away: its
 * lease has not ended, so nobody else can have its slot. The deadline is counted from before the last renewal that
 * succeeded was sent, by a clock that never jumps.
 *
 * Not guaranteed: a process that is frozen longer than its lease opens its eyes with the connection still open, and
 * closes it only at its first beat.
 *
 * @throws RangeError when the times do not fit: a slot must be given up before others may take it.
 */
export function createHeartbeat(options: HeartbeatOptions) {
  const { slots, leaseMs, logger, everyMs = 350, deadlineMs = leaseMs - 4000, reconnect } = options
  const { monotonicMs = () => performance.now(), random = Math.random } = options
  if (!(everyMs * 3 < deadlineMs && deadlineMs + everyMs * 2 < leaseMs)) {
    throw new RangeError(`heartbeat every ${everyMs} ms, deadline ${deadlineMs} ms and lease ${leaseMs} ms do not fit`)
  }
  const listeners = new Set<(slotIds: string[], reason: LossReason) => void>()
  let lastSuccessAtMs = monotonicMs()
  let beating: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let away = false

  function start(): void {
    timer ??= setTimeout(tick, 0)
  }

  function tick(): void {
    // Checked every beat, also while a renewal hangs.
    tellLost(slots.abandonOlderThan(deadlineMs), 'deadline')
    beating ??= beat().finally(() => {
      beating = undefined
    })
    timer = setTimeout(tick, everyMs * (0.9 + random() * 0.2))
  }

  /** One renewal of everything; also for tests, and before a drain. Never throws. */
  async function beat(): Promise<void> {
    const sentAtMs = monotonicMs()
    const { lost, failures } = await slots.renewAll()
    if (failures.length === 0) lastSuccessAtMs = sentAtMs
    tellLost(lost, 'taken')
    tellOutage(failures)
  }

  function tellLost(slotIds: string[], reason: LossReason): void {
    if (slotIds.length === 0) return
    logger.warn({ slotIds, reason }, 'connection slots lost')
    for (const listener of listeners) listener(slotIds, reason)
  }

  function tellOutage(failures: unknown[]): void {
    const reasons = failures.map((failure) => String((failure as { message?: unknown })?.message ?? failure))
    if (reasons.length > 0 && !away) logger.warn({ reasons }, 'connection slots could not be renewed')
    if (reasons.length === 0 && away) logger.info({}, 'connection slots are renewed again')
    away = reasons.length > 0
    if (reasons.includes('Command timed out')) reconnect?.()
  }

  return {
    start,
    beat,

    /** Milliseconds since the last complete renewal was sent; for status and readiness. */
    sinceRenewalMs: (): number => monotonicMs() - lastSuccessAtMs,

    /** @returns a function that removes the listener. */
    onLost(listener: (slotIds: string[], reason: LossReason) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    /** Stops the timer and waits for a renewal under way. What is held stays held until its lease ends. */
    async [Symbol.asyncDispose](): Promise<void> {
      clearTimeout(timer)
      timer = undefined
      await beating
      clearTimeout(timer)
    },
  }
}
