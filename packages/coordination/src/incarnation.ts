import { randomBytes } from 'node:crypto'

/** Nobody asks about what a process was longer ago. */
const MOST_FORMER = 10

/** Who this process is in the cluster: a random id, used from its start until others may have declared it dead. */
export type Incarnation = {
  readonly id: string
  /** The ids that this process has had, the present one first, a few at most. */
  readonly all: readonly string[]
  /** A new id, because nobody must rise from the dead. Only the heartbeat calls it. Answers the old one. */
  replace(): string
}

/** @param newId 128 random bits by default; never the name of a host or a pid, which a successor could share. */
export function createIncarnation(newId: () => string = () => randomBytes(16).toString('hex')): Incarnation {
  let all: readonly [id: string, ...former: string[]] = [newId()]
  return {
    get id() {
      return all[0]
    },
    get all() {
      return all
    },
    replace() {
      const [old, ...older] = all
      all = [newId(), old, ...older.slice(0, MOST_FORMER - 1)]
      return old
    },
  }
}
