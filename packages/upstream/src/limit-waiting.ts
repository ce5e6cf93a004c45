import type { FinalAnswer } from './follow-redirects.ts'
import { upstreamError } from './upstream-error.ts'

/**
 * The bytes of a response, while they keep coming. Only silence of the provider counts, not the
 * time in which our reader is busy.
 *
 * @param limits.idleMs one silence
 * @param limits.totalMs all silences together
 * @throws UpstreamError `idle-timeout`, `total-timeout`, and errors of the response
 */
export async function* limitWaiting(
  { body, finalUrl }: Pick<FinalAnswer, 'body' | 'finalUrl'>,
  { idleMs, totalMs = Number.POSITIVE_INFINITY }: { readonly idleMs: number; readonly totalMs?: number },
): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  let waitedMs = 0
  try {
    for (;;) {
      const leftMs = totalMs - waitedMs
      const code = leftMs < idleMs ? 'total-timeout' : 'idle-timeout'
      const startedMs = performance.now()
      const timer = setTimeout(() => body.destroy(upstreamError(code, finalUrl)), Math.max(0, Math.min(idleMs, leftMs)))
      const next = await chunks.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      waitedMs += performance.now() - startedMs
      yield next.value
    }
  } finally {
    body.destroy()
  }
}
