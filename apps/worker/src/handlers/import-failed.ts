import type { SkipLog } from '@kptv/playlist'

/**
 * Why an import changed nothing. BullMQ keeps `message` in Redis, so it holds no address and no
 * secret.
 */
export class ImportFailed extends Error {
  override readonly name = 'ImportFailed'
  /** Stable machine code. */
  readonly reason: string
  /** Items of the list that could not be used, where there was a list. */
  readonly skipped: SkipLog | undefined

  constructor(reason: string, message: string, skipped?: SkipLog) {
    super(message)
    this.reason = reason
    this.skipped = skipped
  }
}

type Failure = { readonly reason: string; readonly message: string; readonly skipped?: SkipLog | undefined }

/** A code and a sentence for anything thrown during an import; free of secrets. */
export function failureOf(error: unknown, thing: 'list' | 'guide'): Failure {
  if (error instanceof ImportFailed) return error
  const { name, code, message } = (error ?? {}) as {
    readonly name?: unknown
    readonly code?: unknown
    readonly message?: unknown
  }
  if (name === 'PanelError' || name === 'GuideFileError') return { reason: String(code), message: String(message) }
  if (name === 'UpstreamError')
    return { reason: String(code), message: `${thing} could not be fetched: ${String(code)}` }
  const reason = typeof code === 'string' ? code : String(name ?? 'unknown')
  return { reason, message: `import broke off: ${reason}` }
}

/**
 * `157 unsupported-scheme (first in line 3)`, one after the other; empty if nothing was skipped.
 */
export function describeSkipped({ byReason, first }: SkipLog): string {
  return Object.entries(byReason)
    .map(([reason, count]) => {
      const line = first.find((skipped) => skipped.reason === reason)?.line
      return `${count} ${reason}${line === undefined ? '' : ` (first in line ${line})`}`
    })
    .join(', ')
}
