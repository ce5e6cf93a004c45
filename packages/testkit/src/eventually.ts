import { setTimeout as sleep } from 'node:timers/promises'

type EventuallyOptions = {
  /**
   * How long the condition may take; generous, because a busy machine is no fault of the code.
   * Default 30 s.
   */
  readonly deadlineMs?: number
  /** Pause between two looks. Default 20 ms. */
  readonly everyMs?: number
}

/**
 * Waits until `condition` answers something truthy and returns that answer.
 *
 * @param sentence what should become true, as the failure message says it: `the provider sees one
 * connection`.
 * @param condition may be async; an error it throws counts as "not yet" and is the cause of the
 * final error.
 * @throws Error `Not within 30000 ms: <sentence>` after the deadline.
 */
export async function eventually<Value>(
  sentence: string,
  condition: () => Value | Promise<Value>,
  options: EventuallyOptions = {},
): Promise<NonNullable<Value>> {
  const { deadlineMs = 30_000, everyMs = 20 } = options
  const giveUpAt = performance.now() + deadlineMs
  let lastAnswer: unknown
  let lastError: unknown
  for (;;) {
    try {
      lastError = undefined
      const answer = await condition()
      if (answer) return answer
      lastAnswer = answer
    } catch (error) {
      lastError = error
    }
    if (performance.now() >= giveUpAt) throw notInTime(sentence, deadlineMs, { lastAnswer, lastError })
    await sleep(everyMs)
  }
}

function notInTime(
  sentence: string,
  deadlineMs: number,
  last: { readonly lastAnswer: unknown; readonly lastError: unknown },
): Error {
  const lastMessage = (last.lastError as { readonly message?: unknown } | undefined)?.message
  const seen = last.lastError === undefined ? `last answer: ${String(last.lastAnswer)}` : `last error: ${lastMessage}`
  return new Error(`Not within ${deadlineMs} ms: ${sentence} (${seen})`, { cause: last.lastError })
}
