import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings, Source } from '../packages/config/src/index.ts'
import { connectRedis, createKeys, type Redis } from '../packages/redis/src/index.ts'

const LOOK_EVERY_MS = 250
const PROGRESS_EVERY_MS = 2_000
/** A source that hangs shall not hide that there is something to watch. */
const WAIT_FOR_IMPORTS_MS = 10_000

type Options = { readonly settings: Settings; readonly signal: AbortSignal; readonly say: (line: string) => void }

/**
 * Shows how the imports go until the edge can serve viewers, and a little longer while sources are still being read; or until `signal` fires.
 */
export async function watchImports({ settings, signal, say }: Options): Promise<void> {
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const redis = await connectRedis({ url: settings.redisUrl, role: 'commands', name: 'start', logger: silent, signal })
  const imports = settings.sources.map((source) => followImport(source, say))
  let readySinceMs = Number.POSITIVE_INFINITY
  try {
    while (!signal.aborted) {
      const nowMs = performance.now()
      const states = await Promise.all(settings.sources.map(({ id }) => readState(redis, id)))
      const settled = states.map((state, index) => imports[index]?.(state, nowMs))
      if (await isReady(settings.port)) readySinceMs = Math.min(readySinceMs, nowMs)
      if (readySinceMs <= nowMs && (settled.every(Boolean) || nowMs - readySinceMs > WAIT_FOR_IMPORTS_MS)) return
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    redis.disconnect()
  }
}

type ImportState = Readonly<Record<string, string>>

async function readState(redis: Redis, sourceId: string): Promise<ImportState> {
  return redis.hgetall(createKeys().sourceState(sourceId)).catch(() => ({}))
}

/** @returns a function that tells what is new in the state of one source, and answers whether its import has ended */
function followImport({ name }: Source, say: (line: string) => void): (state: ImportState, nowMs: number) => boolean {
  let told: string | undefined
  let toldAtMs = Number.NEGATIVE_INFINITY
  return (state, nowMs) => {
    const line = describeImport(state)
    const isRunning = state.state === 'importing'
    if (line !== undefined && line !== told && (!isRunning || nowMs - toldAtMs >= PROGRESS_EVERY_MS)) {
      told = line
      toldAtMs = nowMs
      say(`import of ${name}: ${line}`)
    }
    return line !== undefined && !isRunning
  }
}

/** For people; `undefined` while there is nothing to say. */
export function describeImport(state: ImportState): string | undefined {
  if (state.state === 'importing') return `${state.progress || '0'} entries so far`
  if (state.state === 'ok') return `done, ${state.entries ?? '0'} entries`
  return state.state === 'failed' ? `failed (${state.reason || 'unknown reason'}); it will be tried again` : undefined
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
