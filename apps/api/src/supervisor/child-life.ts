/** The task of a child: serve, drain and end, or end at once (still in order). */
type Order = 'serve' | 'drain' | 'end'

/** Times of the supervisor, in milliseconds. */
export const CHILD_TIMES = {
  /** Between two beats of a child. */
  beatMs: 250,
  /** Until its first beat a child holds nothing; loading may take its time on a busy machine. */
  loadMs: 30_000,
  /** A supervisor that checks this late was frozen itself: then silence proves nothing. */
  oversleptMs: 1_000,
  /**
   * A child that its machine gives no time may be silent for this long, so that its viewers keep
   * their responses. Its slots are still its own: they end later.
   */
  starvedMs: 10_000,
  /** Rest before the first restart; doubled each time. */
  firstRestMs: 500,
  maxRestMs: 10_000,
  /** A child that lived this long was stable: the next rest is the first again. */
  stableMs: 60_000,
  /** Time to finish after the order to end at once. */
  endWithinMs: 5_000,
} as const

/** After this time, proof that a process released its slots is not needed. */
const MAX_INCARNATIONS = 10

type Running = {
  /** `loading`: no beat yet. `killed`: SIGKILL was sent, the exit is awaited. */
  readonly phase: 'loading' | 'alive' | 'killed'
  readonly order: Order
  /** The order must have been carried out by then. */
  readonly orderEndsAtMs: number
  readonly startedAtMs: number
  readonly heardAtMs: number
  /** The ids that this process has had in the cluster; the last one is current. */
  readonly incarnations: readonly string[]
  /**
   * Whether a process in this place has ever served. One that never did would fail again and again.
   */
  readonly hasServed: boolean
  readonly nextRestMs: number
  readonly killAfterMs: number
}

/**
 * The life of one child, over all its restarts.
 *
 * `loading` → first beat → `alive` → silent too long, or an order not carried out in time →
 * `killed`. From each of these the exit leads to `resting` and, after the rest, to `loading` again;
 * or to `gone`, if an order was given or if it could not even start. Nothing leads out of `gone`.
 */
export type ChildLife =
  | Running
  | {
      readonly phase: 'resting'
      readonly wakesAtMs: number
      readonly hasServed: boolean
      readonly nextRestMs: number
      readonly killAfterMs: number
    }
  | { readonly phase: 'gone'; readonly failed: boolean }

export type ChildEvent =
  /** The child reports that it runs; `incarnation` once it has one. */
  | { readonly kind: 'beat'; readonly incarnation?: string | undefined; readonly serves: boolean }
  /** The process is gone, and the kernel has closed all its sockets. */
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  /** Time has passed: `sinceLastMs` since the last check of the supervisor. */
  | { readonly kind: 'check'; readonly sinceLastMs: number; readonly isStarved?: boolean }
  | { readonly kind: 'order'; readonly order: 'drain' | 'end'; readonly withinMs: number }

export type ChildAction =
  | { readonly kind: 'fork' }
  | { readonly kind: 'signal'; readonly signal: 'SIGTERM' | 'SIGINT' }
  | { readonly kind: 'kill'; readonly because: 'silent' | 'late' }
  /** Proof for the cluster that these are gone. */
  | { readonly kind: 'tombstone'; readonly incarnations: readonly string[]; readonly reason: string }

type ChildStep = { readonly life: ChildLife; readonly actions: readonly ChildAction[] }

/**
 * The beginning; `nowMs` is monotonic, as everywhere here.
 *
 * @param killAfterMs a child that is silent for this long is killed: before its leases end, after
 *   it would have stopped itself
 */
export function beginLife(nowMs: number, killAfterMs: number): ChildStep {
  return fork({ hasServed: false, nextRestMs: CHILD_TIMES.firstRestMs, killAfterMs }, nowMs)
}

/** All decisions about a child. Actions must be carried out in order. */
export function nextLife(life: ChildLife, event: ChildEvent, nowMs: number): ChildStep {
  if (life.phase === 'gone') return stay(life)
  if (life.phase === 'resting') {
    if (event.kind === 'order') return stay({ phase: 'gone', failed: false })
    return event.kind === 'check' && nowMs >= life.wakesAtMs ? fork(life, nowMs) : stay(life)
  }
  switch (event.kind) {
    case 'beat':
      return stay(heard(life, event, nowMs))
    case 'check':
      return judge(life, event, nowMs)
    case 'order':
      return obey(life, event, nowMs)
    case 'exit':
      return ended(life, event, nowMs)
  }
}

function stay(life: ChildLife): ChildStep {
  return { life, actions: [] }
}

function fork(kept: Pick<Running, 'hasServed' | 'nextRestMs' | 'killAfterMs'>, nowMs: number): ChildStep {
  const { hasServed, nextRestMs, killAfterMs } = kept
  const life: ChildLife = {
    phase: 'loading',
    order: 'serve',
    orderEndsAtMs: Number.POSITIVE_INFINITY,
    startedAtMs: nowMs,
    heardAtMs: nowMs,
    incarnations: [],
    hasServed,
    nextRestMs,
    killAfterMs,
  }
  return { life, actions: [{ kind: 'fork' }] }
}

function heard(life: Running, beat: Extract<ChildEvent, { readonly kind: 'beat' }>, nowMs: number): Running {
  const { incarnation } = beat
  const isNew = incarnation !== undefined && !life.incarnations.includes(incarnation)
  return {
    ...life,
    phase: life.phase === 'loading' ? 'alive' : life.phase,
    heardAtMs: nowMs,
    incarnations: isNew ? [...life.incarnations, incarnation].slice(-MAX_INCARNATIONS) : life.incarnations,
    hasServed: life.hasServed || beat.serves,
  }
}

function judge(life: Running, check: Extract<ChildEvent, { readonly kind: 'check' }>, nowMs: number): ChildStep {
  const { sinceLastMs, isStarved = false } = check
  if (life.phase === 'killed') return stay(life)
  if (nowMs >= life.orderEndsAtMs) return kill(life, 'late')
  // The child's beats of that time are still unread.
  if (sinceLastMs >= CHILD_TIMES.oversleptMs) return stay({ ...life, heardAtMs: nowMs })
  const servingMs = isStarved ? Math.max(life.killAfterMs, CHILD_TIMES.starvedMs) : life.killAfterMs
  const patienceMs = life.phase === 'loading' ? CHILD_TIMES.loadMs : servingMs
  return nowMs - life.heardAtMs >= patienceMs ? kill(life, 'silent') : stay(life)
}

function kill(life: Running, because: 'silent' | 'late'): ChildStep {
  return { life: { ...life, phase: 'killed' }, actions: [{ kind: 'kill', because }] }
}

function obey(life: Running, event: Extract<ChildEvent, { readonly kind: 'order' }>, nowMs: number): ChildStep {
  if (life.order === 'end' || life.order === event.order) return stay(life)
  const obeying = { ...life, order: event.order, orderEndsAtMs: nowMs + event.withinMs }
  if (life.phase === 'killed') return stay(obeying)
  return { life: obeying, actions: [{ kind: 'signal', signal: event.order === 'drain' ? 'SIGTERM' : 'SIGINT' }] }
}

function ended(
  life: Running,
  { code, signal }: Extract<ChildEvent, { readonly kind: 'exit' }>,
  nowMs: number,
): ChildStep {
  const reason = signal === null ? `exit ${code}` : `signal ${signal}`
  const { incarnations, hasServed, killAfterMs } = life
  // A child that ended in order has released everything: there is nothing to prove.
  const isProofNeeded = code !== 0 && incarnations.length > 0
  const actions: ChildAction[] = isProofNeeded ? [{ kind: 'tombstone', incarnations, reason }] : []

  if (life.order !== 'serve') {
    // The signal came before the child could listen for it.
    const wasOrdered = signal === 'SIGTERM' || signal === 'SIGINT'
    return { life: { phase: 'gone', failed: code !== 0 && !wasOrdered }, actions }
  }
  if (!hasServed && signal === null && code !== 0) return { life: { phase: 'gone', failed: true }, actions }

  const wasHealthy = nowMs - life.startedAtMs >= CHILD_TIMES.stableMs
  const restMs = wasHealthy ? CHILD_TIMES.firstRestMs : life.nextRestMs
  const nextRestMs = Math.min(restMs * 2, CHILD_TIMES.maxRestMs)
  return { life: { phase: 'resting', wakesAtMs: nowMs + restMs, hasServed, nextRestMs, killAfterMs }, actions }
}
