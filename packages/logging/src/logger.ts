import { type DestinationStream, pino } from 'pino'
import { createLineCleaner } from './clean-line.ts'
import { describeError } from './describe-error.ts'

type Write = (fields: object, message: string) => void

export type Logger = {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  /** A logger that adds these fields to each of its lines. */
  child(bindings: object): Logger
}

export type LoggerOptions = {
  /** Fields of every line, such as `{ name: 'api', node: 'edge-1' }`. */
  readonly bindings: Readonly<Record<string, unknown>>
  /** False hides the level DEBUG. */
  readonly debug: boolean
  /**
   * User names, passwords and tokens of the sources; no form of them is ever written. Pass a
   * function if they may change: a new array means new secrets.
   */
  readonly secrets: readonly string[] | (() => readonly string[])
  /** Shows an address without its private parts. */
  readonly redactUrl: (url: string) => string
  /** Standard output, unless given. */
  readonly destination?: DestinationStream
}

/**
 * While our output is not read, this many bytes of lines wait; later lines are dropped rather than
 * halt the process.
 */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

/**
 * JSON lines `{"level":"ERROR","time":"2026-01-31T12:00:00.000Z",…bindings,…fields,"msg":"…"}`.
 * Errors belong in the field `error` (`err` works too, as libraries write it).
 */
export function createLogger(options: LoggerOptions): Logger {
  const { redactUrl, secrets, bindings, debug } = options
  const destination = options.destination ?? pino.destination({ dest: 1, sync: false, maxLength: MAX_WAITING_BYTES })
  return pino(
    {
      level: debug ? 'debug' : 'info',
      base: { ...bindings },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { err: describeError, error: describeError },
      hooks: { streamWrite: createLineCleaner({ secrets, redactUrl }) },
    },
    destination,
  )
}
