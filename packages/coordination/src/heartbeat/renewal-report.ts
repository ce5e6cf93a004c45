import { breakConnection, type Redis } from '@kptv/redis'
import type { createOutageGrace } from '../leases/outage-grace.ts'
import { refusesWrites } from '../leases/refused-writes.ts'
import type { Logger } from '../logger.ts'

type RenewalReportOptions = {
  readonly redis: Redis
  readonly grace: Pick<ReturnType<typeof createOutageGrace>, 'end'>
  readonly logger: Logger
}

/**
 * Takes what failed in each beat, nothing if all was renewed: logs the beginning and the end of an
 * outage, ends its grace, and breaks a connection that does not answer.
 */
export function createRenewalReport({ redis, grace, logger }: RenewalReportOptions) {
  let isAway = false
  return (failures: readonly unknown[]): void => {
    const reasons = new Set(
      failures.map((failure) => String((failure as { readonly message?: unknown })?.message ?? failure)),
    )
    if (reasons.size > 0 && !isAway) {
      const [level, what] = failures.some(refusesWrites)
        ? (['error', 'Redis refuses writes'] as const)
        : (['warn', 'held leases not renewed'] as const)
      logger[level]({ reasons: [...reasons] }, what)
    }
    if (reasons.size === 0) {
      grace.end()
      if (isAway) logger.info({}, 'held leases renewed again')
    }
    isAway = reasons.size > 0
    // Half-open: reconnect at once. A clean close would wait two seconds for the other side.
    if (reasons.has('Command timed out')) breakConnection(redis)
  }
}
