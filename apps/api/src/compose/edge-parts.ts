import type { Settings, SourceBook, UserBook } from '@kptv/config'
import type { Timing } from '@kptv/coordination'
import type { Logger } from '@kptv/logging'

/** The parts of an edge process. */
export type EdgeParts = {
  readonly settings: Settings
  readonly timing: Timing
  readonly book: SourceBook
  readonly users: UserBook
  readonly logger: Logger
  /** Ends the whole node as SIGTERM does: all processes of its supervisor. */
  readonly requestDrain: () => void
}
