import { type Settings, SettingsError } from '@kptv/config'
import { type Timing, timingWith } from '@kptv/coordination'

/**
 * The times of this cluster. If they do not fit together, reports that on standard error and exits
 * with code 1.
 */
export function clusterTimingOrExit({ clusterTimes }: Pick<Settings, 'clusterTimes'>): Timing {
  try {
    return timingWith(clusterTimes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const { message } = new SettingsError([{ variable: 'CLUSTER_TIMES', value: '', allowed: error.message }])
    process.stderr.write(`${message}\n`)
    process.exit(1)
  }
}
