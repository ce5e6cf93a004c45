import { PACK_END, PACK_START } from './list-entry.ts'

/** Max entries in one pack. */
const MAX_ENTRIES = 200
/** Length of text for which memory is kept; a longer entry makes its own pack. */
const USUAL_BYTES = 32 * 1024

export type PackText = {
  /** False if the pack is full: take it first. */
  add(entry: string): boolean
  /**
   * The text of the pack, valid until the next `add`; undefined if nothing was added. Begins the
   * next pack.
   */
  take(): Buffer | undefined
}

/**
 * Collects entries of one pack as bytes in a reused buffer. As strings they would live just long
 * enough to be moved into the part of the heap that is collected rarely: half the memory of an
 * import.
 */
export function createPackText(): PackText {
  const usual = Buffer.allocUnsafeSlow(USUAL_BYTES)
  let text = usual
  let length = 0
  let entries = 0

  return {
    add(entry) {
      // A UTF-16 unit takes 3 bytes at most, so bytes need to be counted only near the end.
      const room = text.length - length - SURROUNDINGS
      const fits = entry.length * 3 <= room || Buffer.byteLength(entry) <= room
      if (entries === MAX_ENTRIES || (!fits && entries > 0)) return false
      if (!fits) text = Buffer.allocUnsafeSlow(Buffer.byteLength(entry) + SURROUNDINGS)
      length += text.write(entries === 0 ? PACK_START : ',', length)
      length += text.write(entry, length)
      entries += 1
      return true
    },
    take() {
      if (entries === 0) return undefined
      length += text.write(PACK_END, length)
      const taken = text.subarray(0, length)
      text = usual
      length = 0
      entries = 0
      return taken
    },
  }
}

const SURROUNDINGS = PACK_START.length + PACK_END.length + 1
