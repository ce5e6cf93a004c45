import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Usage = { readonly cpuSeconds: number; readonly memoryBytes: number }

/** Memory of a process (RSS), sampled repeatedly; with `ps` where there is no `/proc`. */
type MemoryWatch = { peakBytes(): number; stop(): void }

export function watchMemory(pid: number): MemoryWatch {
  let peak = 0
  const look = () => {
    peak = Math.max(peak, memoryOf(pid))
  }
  look()
  const timer = setInterval(look, 100)
  return {
    peakBytes: () => {
      look()
      return peak
    },
    stop: () => clearInterval(timer),
  }
}

/** The metrics of an edge's admin port, by name. */
export async function readMetrics(adminUrl: string): Promise<Map<string, number>> {
  const answer = await fetch(`${adminUrl}/metrics`).catch((cause) => {
    throw new Error(`no answer from ${adminUrl}/metrics: that process is gone`, { cause })
  })
  const text = await answer.text()
  const lines = text.matchAll(/^(kptv_\w+) (\S+)$/gm)
  return new Map([...lines].map(([, name, value]) => [name!, Number(value)]))
}

export async function readUsage(adminUrl: string): Promise<Usage> {
  const metrics = await readMetrics(adminUrl)
  const read = (name: string): number => {
    const value = metrics.get(name)
    if (value === undefined) throw new Error(`there is no metric ${name}`)
    return value
  }
  return {
    cpuSeconds: read('kptv_process_cpu_seconds_total'),
    memoryBytes: read('kptv_process_resident_memory_bytes'),
  }
}

/** Usage of a process between two samples. */
export function usedBetween(before: Usage, after: Usage): Usage {
  return { cpuSeconds: after.cpuSeconds - before.cpuSeconds, memoryBytes: after.memoryBytes }
}

/**
 * CPU time of a process so far, user and system, with all its threads; NaN where there is no
 * `/proc`.
 */
export function cpuSecondsOf(pid: number): number {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
    const [user, system] = fields.split(' ').slice(11, 13)
    return (Number(user) + Number(system)) / TICKS_PER_SECOND
  } catch {
    return Number.NaN
  }
}

/** Of Linux, on all usual machines. */
const TICKS_PER_SECOND = 100

/** 0 for a process that is gone. */
function memoryOf(pid: number): number {
  try {
    if (process.platform !== 'linux') return 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]))
    // The kernel's own peak includes what happens between two samples.
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
