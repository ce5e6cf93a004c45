import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

/** What a figure is worth only together with. */
export function machineFacts(): ReadonlyArray<readonly [fact: string, value: string]> {
  const cores = availableParallelism()
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  return [
    ['machine', `${model}, ${cores} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB of memory`],
    ['system', `${process.platform} ${release()} ${process.arch}`],
    ['Node', process.version],
    ['at', new Date().toISOString()],
    ['load', `${loadNow()} before the start; ${cores} is a full machine`],
  ]
}

/** Mean of the last minute: what else runs here takes from every figure. */
export function loadNow(): string {
  return (loadavg()[0] ?? 0).toFixed(2)
}
