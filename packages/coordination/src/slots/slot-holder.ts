/** Who holds a slot, as people read it in `kptv:{source:…}:slot-holders`. */
export type SlotHolder = {
  channel: string
  node: string
  incarnation: string
  /** Redis milliseconds. */
  since: number
}

/** Undefined for anything that is not a holder record; never throws. */
export function parseHolder(text: string | undefined): SlotHolder | undefined {
  try {
    const { channel, node, incarnation, since } = JSON.parse(text ?? '') as Record<string, unknown>
    if (typeof channel !== 'string' || typeof node !== 'string') return undefined
    if (typeof incarnation !== 'string' || typeof since !== 'number') return undefined
    return { channel, node, incarnation, since }
  } catch {
    return undefined
  }
}
