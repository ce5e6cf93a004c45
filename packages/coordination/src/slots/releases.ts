import type { CommandRunner } from '../heartbeat/command-batch.ts'
import { failuresOf } from '../leases/held-leases.ts'
import { releaseSlot } from './slot-scripts.ts'

type Release = {
  readonly accountId: string
  readonly incarnation: string
  readonly keepMs: number
  readonly keptUntilMs: number
}

/** Slots that this process has given back, until Redis has confirmed it. */
export function createReleases(options: {
  readonly slotKeys: (accountId: string) => readonly string[]
  readonly monotonicMs: () => number
}) {
  const { slotKeys, monotonicMs } = options
  const releases = new Map<string, Release>()

  async function send(slotId: string, runner: CommandRunner): Promise<void> {
    const release = releases.get(slotId)
    if (!release) return
    const { accountId, incarnation, keepMs } = release
    await releaseSlot(runner, slotKeys(accountId), [slotId, incarnation, keepMs])
    releases.delete(slotId)
  }

  return {
    /** @param keepMs the slot stays taken for this long after the release */
    add(
      slotId: string,
      { accountId, incarnation }: { readonly accountId: string; readonly incarnation: string },
      keepMs = 0,
    ): void {
      releases.set(slotId, { accountId, incarnation, keepMs, keptUntilMs: monotonicMs() + keepMs })
    },

    /** Throws when Redis does not answer: then send it again. */
    send,

    /** @returns the errors */
    sendAll: (runner: CommandRunner): Promise<unknown[]> =>
      failuresOf([...releases.keys()].map((slotId) => send(slotId, runner))),

    /** It is still cooling down. */
    isKept: (slotId: string): boolean => monotonicMs() < (releases.get(slotId)?.keptUntilMs ?? 0),
  }
}
