import type { Settings } from '@kptv/config'
import { type Timing, timingWith } from '@kptv/coordination'

/** The times of this cluster; ends the process with one line if they do not fit together. */
export function clusterTimingOrExit({ clusterTimes }: Pick<Settings, 'clusterTimes'>): Timing {
  try {
    return timingWith(clusterTimes)
  } catch (error) {
    console.error(`kptv: CLUSTER_TIMES: ${(error as Error).message}`)
    process.exit(1)
  }
}
