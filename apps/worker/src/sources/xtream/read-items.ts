import { JSONParser } from '@streamparser/json'
import { PanelError } from './panel-error.ts'

/** A millisecond of work. */
const MAX_SLICE_BYTES = 16 * 1024
/** No item of a list is longer; without an end to its items it is not one. */
const MAX_ITEM_BYTES = 1024 * 1024

/**
 * The items of a list in JSON, in steps, without the list in memory. Panels also send an object in
 * place of a list, by number or, when empty, without any; its values are the items.
 *
 * @throws PanelError, or what the body throws
 */
export async function* readItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly unknown[]> {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false })
  let items: unknown[] = []
  let bytesSinceItem = 0
  let failure: Error | undefined
  let isEmpty = true
  let isWhole = false
  parser.onEnd = () => {
    isWhole = true
  }
  parser.onValue = ({ value }) => {
    items.push(value)
    bytesSinceItem = 0
  }
  parser.onError = (error) => {
    failure = error
  }
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += MAX_SLICE_BYTES) {
      const slice = chunk.subarray(start, start + MAX_SLICE_BYTES)
      isEmpty &&= isBlank(slice)
      // Some panels send a byte order mark first, or their own warnings after the list.
      if (isEmpty || isWhole) continue
      bytesSinceItem += slice.length
      write(slice)
      if ((failure !== undefined && !isWhole) || bytesSinceItem > MAX_ITEM_BYTES) {
        throw new PanelError('not-json', 'the answer of the panel is not JSON')
      }
      const found = items
      items = []
      yield found
    }
  }
  if (!isEmpty && !isWhole) throw new PanelError('cut-off', 'the answer of the panel ends in the middle')

  function write(slice: Uint8Array): void {
    try {
      parser.write(slice)
    } catch (error) {
      failure ??= error as Error
    }
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(
    (byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf,
  )
}
