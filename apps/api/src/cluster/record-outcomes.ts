import type { Logger } from '@kptv/logging'

/**
 * Waits for what is recorded for other nodes; never fails. Says once that recording fails, until it
 * works again: in an outage every attempt would say the same.
 */
export function createRecorder(logger: Pick<Logger, 'warn'>) {
  let isFailing = false
  return async (recording: Promise<unknown>): Promise<void> => {
    try {
      await recording
      isFailing = false
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!isFailing) logger.warn({ reason }, 'outcomes of attempts cannot be recorded for other nodes')
      isFailing = true
    }
  }
}
