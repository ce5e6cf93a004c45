import { effect, type ReadonlySignal, signal } from '@preact/signals'
import { RequestError, requestJson } from './request.ts'

/** An answer of the server that the page shows. */
type Remote<Answer> = {
  /** Kept while the next one is on its way. */
  readonly answer: Answer | undefined
  readonly isLoading: boolean
  readonly error: RequestError | undefined
}

/** How long an answer is good for; by default until the address changes. */
export type RemoteOptions<Answer> = { readonly everyMs?: number | ((answer: Answer) => number) }

const RETRY_MS = 3_000

/**
 * The answer to the address, requested again when the address changes or `everyMs` have passed, and
 * a moment after a failure. `undefined` requests nothing.
 */
export function createRemote<Answer>(
  addressOf: () => string | undefined,
  { everyMs }: RemoteOptions<Answer> = {},
): ReadonlySignal<Remote<Answer>> {
  const remote = signal<Remote<Answer>>({ answer: undefined, isLoading: true, error: undefined })
  effect(() => {
    const address = addressOf()
    if (address === undefined) return
    const leaving = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async (): Promise<void> => {
      remote.value = { ...remote.peek(), isLoading: true }
      let isFailed = false
      try {
        const answer = await requestJson<Answer>(address, { signal: leaving.signal })
        remote.value = { answer, isLoading: false, error: undefined }
      } catch (error) {
        if (leaving.signal.aborted) return
        isFailed = isWorthRetrying(error)
        remote.value = { ...remote.peek(), isLoading: false, error: error as RequestError }
      }
      const { answer } = remote.peek()
      const pauseMs = isFailed ? RETRY_MS : typeof everyMs === 'function' ? answer && everyMs(answer) : everyMs
      if (pauseMs !== undefined) timer = setTimeout(() => void load(), pauseMs)
    }
    void load()
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  })
  return remote
}

function isWorthRetrying(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 0 || error.status === 429 || error.status >= 500)
}
