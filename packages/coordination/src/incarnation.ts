import { randomBytes } from 'node:crypto'

/**
 * The identity of this process in the cluster: a random id, kept from its start until others may
 * have declared it dead.
 */
export type Incarnation = {
  readonly id: string
  /**
   * Takes a new id, because nothing declared dead may return. Only the heartbeat calls it. @returns
   * the old id
   */
  replace(): string
}

/**
 * @param newId 128 random bits by default; never a host name or a pid, which a successor could
 * share
 */
export function createIncarnation(newId: () => string = () => randomBytes(16).toString('hex')): Incarnation {
  let id = newId()
  return {
    get id() {
      return id
    },
    replace() {
      const old = id
      id = newId()
      return old
    },
  }
}
