import { startProcess } from '@kptv/testkit'
import type { EdgeNode } from './start-cluster.ts'

/** Each ffmpeg that a process of these nodes has started. */
export async function convertersOf(edges: readonly EdgeNode[]): Promise<number[]> {
  await using listing = await startProcess({ command: 'ps', arguments: ['-A', '-o', 'pid=,ppid=,comm='] })
  await listing.waitForExit()
  const rows = listing.lines.map(({ text }) => {
    const [pid, parent, name = ''] = text.trim().split(/\s+/)
    return { pid: Number(pid), parent: Number(parent), name }
  })
  const parents = new Map(rows.map(({ pid, parent }) => [pid, parent]))
  const ours = new Set(edges.map(({ process }) => process.pid))
  const isOurs = (pid: number): boolean => {
    for (let one = parents.get(pid); one !== undefined; one = parents.get(one)) if (ours.has(one)) return true
    return false
  }
  return rows.filter(({ pid, name }) => name === 'ffmpeg' && isOurs(pid)).map(({ pid }) => pid)
}
