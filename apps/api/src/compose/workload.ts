import type { NodeRecord } from '@kptv/coordination'

type Load = Pick<NodeRecord, 'state' | 'viewers' | 'channels'>

const IDLE: Load = { state: 'serving', viewers: 0, channels: 0 }

/**
 * What this process carries, for its record in the cluster: nothing until its sessions are built.
 */
export function createWorkload() {
  let read = (): Load => IDLE
  return {
    current: (): Load => read(),
    /** From now on it is read from here. */
    measure(reader: () => Load): void {
      read = reader
    },
  }
}
