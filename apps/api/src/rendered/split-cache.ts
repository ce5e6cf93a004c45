import type { RenderedCache } from './rendered-cache.ts'

/**
 * Two caches as one, each with its own memory and queue, so that a flood of one kind of view does
 * not affect the other.
 */
export function splitCache<View>(
  isFirst: (view: View) => boolean,
  first: RenderedCache<View>,
  second: RenderedCache<View>,
): RenderedCache<View> {
  return {
    find: (view) => (isFirst(view) ? first : second).find(view),
    expire() {
      first.expire()
      second.expire()
    },
  }
}
