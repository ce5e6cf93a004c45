/** A job carries the id of its source and nothing else: no address, no list, no credential. */
export type ImportSourceData = { sourceId: string }
/** A build reads everything it needs from the good lists. */
export type BuildCatalogData = Record<string, never>

/** The closed list of jobs: name → queue. Each must have exactly one handler, see {@link registerHandlers}. */
export const queueOfJob = { 'import-source': 'imports', 'build-catalog': 'builds' } as const

export type JobName = keyof typeof queueOfJob
export type QueueName = (typeof queueOfJob)[JobName]
export type JobData = { 'import-source': ImportSourceData; 'build-catalog': BuildCatalogData }

/** Source id in a job's data, or undefined when somebody else wrote it. Never throws. */
export function sourceIdOf(data: unknown): string | undefined {
  const sourceId = (data as { sourceId?: unknown } | null | undefined)?.sourceId
  return typeof sourceId === 'string' && sourceId.length <= 200 ? sourceId : undefined
}
