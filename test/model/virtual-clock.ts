export type Timer = { readonly at: number; readonly order: number; run: (() => void) | undefined }

export type VirtualClock = {
  /** Milliseconds since the schedule began; also the clock of Redis. */
  readonly now: number
  after(ms: number, run: () => void): Timer
  /**
   * Runs everything that is due up to `until`, in order of time; ends early when `stop` says so
   * after an event.
   */
  runUntil(until: number, stop?: () => boolean): void
  readonly events: number
}

export function cancel(timer: Timer | undefined): void {
  if (timer !== undefined) timer.run = undefined
}

/**
 * Events in a binary heap; equal times keep the order in which they were made, so a schedule is
 * repeatable.
 */
export function createVirtualClock(): VirtualClock {
  const heap: Timer[] = []
  let now = 0
  let order = 0
  let events = 0

  function after(ms: number, run: () => void): Timer {
    order += 1
    const timer: Timer = { at: now + Math.max(0, ms), order, run }
    heap.push(timer)
    siftUp(heap, heap.length - 1)
    return timer
  }

  function runUntil(until: number, stop?: () => boolean): void {
    while (heap.length > 0 && heap[0]!.at <= until) {
      const timer = takeFirst(heap)
      now = timer.at
      const run = timer.run
      if (run === undefined) continue
      timer.run = undefined
      events += 1
      run()
      if (stop?.() === true) return
    }
    now = Math.max(now, until)
  }

  return {
    get now() {
      return now
    },
    get events() {
      return events
    },
    after,
    runUntil,
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

function siftUp(heap: Timer[], from: number): void {
  const moved = heap[from]!
  let place = from
  while (place > 0) {
    const parent = (place - 1) >> 1
    if (!isBefore(moved, heap[parent]!)) break
    heap[place] = heap[parent]!
    place = parent
  }
  heap[place] = moved
}

function takeFirst(heap: Timer[]): Timer {
  const first = heap[0]!
  const moved = heap.pop()!
  if (heap.length === 0) return first
  let place = 0
  for (;;) {
    let child = place * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
    if (!isBefore(heap[child]!, moved)) break
    heap[place] = heap[child]!
    place = child
  }
  heap[place] = moved
  return first
}
