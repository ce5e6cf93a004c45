import type { Logger } from './logger.ts'

/** Writes nothing: for tests, and for programs that speak to people themselves. */
export const nullLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => nullLogger,
}
