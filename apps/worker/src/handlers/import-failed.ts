/** Why an import changed nothing. `message` is kept in Redis by BullMQ: it holds no address and no secret. */
export class ImportFailed extends Error {
  override readonly name = 'ImportFailed'
  /** Stable machine code. */
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Machine code and a sentence for anything thrown during an import; free of secrets. */
export function failureOf(error: unknown): { reason: string; message: string } {
  if (error instanceof ImportFailed) return { reason: error.reason, message: error.message }
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  if (name === 'UpstreamError') return { reason: String(code), message: `list could not be fetched: ${String(code)}` }
  const reason = typeof code === 'string' ? code : String(name ?? 'unknown')
  return { reason, message: `import broke off: ${reason}` }
}
