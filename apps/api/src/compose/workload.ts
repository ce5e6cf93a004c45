import type { NodeRecord } from '@kptv/coordination'

type Load = Pick<NodeRecord, 'state' | 'viewers' | 'channels'>

const IDLE: Load = { state: 'serving', viewers: 0, channels: 0 }

/**
 * The workload of this process, for its record in the cluster: none until its sessions are built.
 */
export function createWorkload() {
  let read = (): Load => IDLE
  return {
    current: (): Load => read(),
    /** Reads the workload from here from now on. */
    measure(reader: () => Load): void {
      read = reader
    },
  }
}
