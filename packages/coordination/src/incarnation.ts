import { randomBytes } from 'node:crypto'

/** Who this process is in the cluster: a random id, used from its start until others may have declared it dead. */
export type Incarnation = {
  readonly id: string
  /** A new id, because nobody must rise from the dead. Only the heartbeat calls it. Answers the old one. */
  replace(): string
}

/** @param newId 128 random bits by default; never the name of a host or a pid, which a successor could share. */
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
