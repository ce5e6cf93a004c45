import { setTimeout as sleep } from 'node:timers/promises'
import { createSourceLists, type SourceState } from '../packages/catalog/src/index.ts'
import type { Settings, Source } from '../packages/config/src/index.ts'
import { nullLogger as logger } from '../packages/logging/src/index.ts'
import { clusterKeys, connectRedis } from '../packages/redis/src/index.ts'

const LOOK_EVERY_MS = 250
const PROGRESS_EVERY_MS = 2_000
/** A source that hangs shall not hide that there is something to watch. */
const WAIT_FOR_IMPORTS_MS = 10_000

type Options = { readonly settings: Settings; readonly signal: AbortSignal; readonly say: (line: string) => void }

/**
 * Shows how the imports go until the edge can serve viewers, and a little longer while sources are
 * still being read; or until `signal` fires.
 */
export async function watchImports({ settings, signal, say }: Options): Promise<void> {
  const redis = await connectRedis({ url: settings.redisUrl, role: 'commands', name: 'start', logger, signal })
  const lists = createSourceLists({ redis, keys: clusterKeys(settings) })
  const imports = settings.sources.map((source) => followImport(source, say))
  let readySinceMs = Number.POSITIVE_INFINITY
  try {
    while (!signal.aborted) {
      const monotonicMs = performance.now()
      // Redis that does not answer for a moment is as if nothing were known yet.
      const states = await Promise.all(settings.sources.map(({ id }) => lists.state(id).catch(() => undefined)))
      const settled = states.map((state, index) => imports[index]?.(state, monotonicMs))
      if (await isReady(settings.port)) readySinceMs = Math.min(readySinceMs, monotonicMs)
      const hasWaited = monotonicMs - readySinceMs > WAIT_FOR_IMPORTS_MS
      if (readySinceMs <= monotonicMs && (settled.every(Boolean) || hasWaited)) return
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    redis.disconnect()
  }
}

type ImportState = Pick<SourceState, 'state' | 'reason' | 'progress' | 'entries'>

/**
 * @returns a function that prints what is new in the state of one source, and returns whether its
 * import has ended
 */
function followImport({ name }: Source, say: (line: string) => void) {
  let shown: string | undefined
  let shownAtMs = Number.NEGATIVE_INFINITY
  return (state: ImportState | undefined, monotonicMs: number): boolean => {
    const line = state && describeImport(state)
    const isRunning = state?.state === 'importing'
    if (line !== undefined && line !== shown && (!isRunning || monotonicMs - shownAtMs >= PROGRESS_EVERY_MS)) {
      shown = line
      shownAtMs = monotonicMs
      say(`import of ${name}: ${line}`)
    }
    return line !== undefined && !isRunning
  }
}

/** For people; `undefined` while there is nothing to say. */
export function describeImport(state: ImportState): string | undefined {
  if (state.state === 'importing') return `${state.progress ?? 0} entries so far`
  if (state.state === 'ok') return `done, ${state.entries} entries`
  return state.state === 'failed' ? `failed (${state.reason ?? 'unknown reason'}); it will be tried again` : undefined
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })
    return ((await response.json()) as { readonly status: unknown }).status === 'ready'
  } catch {
    return false
  }
}
