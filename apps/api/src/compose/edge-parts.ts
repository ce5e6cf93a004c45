import type { Settings, SourceBook } from '@kptv/config'
import type { Timing } from '@kptv/coordination'
import type { Logger } from '@kptv/logging'

/** The parts of an edge process. */
export type EdgeParts = {
  readonly settings: Settings
  readonly timing: Timing
  readonly book: SourceBook
  readonly logger: Logger
}
