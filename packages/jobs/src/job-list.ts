/** A job carries only the id of its source: no address, list or credential. */
export type ImportSourceData = { readonly sourceId: string }
/** Likewise only the guide's id. */
export type ImportGuideData = { readonly guideId: string }
/** A build reads everything it needs from the good lists. */
export type BuildCatalogData = Record<string, never>

/** The receiver's id, never its address; the event as JSON, which holds no secret either. */
export type SendWebhookData = { readonly webhookId: string; readonly event: string }

/**
 * The closed list of jobs: name → queue. Each must have exactly one handler, see {@link
 * registerHandlers}.
 */
export const queueOfJob = {
  'import-source': 'imports',
  'build-catalog': 'builds',
  'import-guide': 'guides',
  'build-guide': 'builds',
  'send-webhook': 'webhooks',
} as const

export type JobName = keyof typeof queueOfJob
export type QueueName = (typeof queueOfJob)[JobName]
export type JobData = {
  readonly 'import-source': ImportSourceData
  readonly 'build-catalog': BuildCatalogData
  readonly 'import-guide': ImportGuideData
  readonly 'build-guide': BuildCatalogData
  readonly 'send-webhook': SendWebhookData
}

/** Source id in a job's data; undefined when a stranger wrote it. Never throws. */
export function sourceIdOf(data: unknown): string | undefined {
  const sourceId = (data as { readonly sourceId?: unknown } | null | undefined)?.sourceId
  return typeof sourceId === 'string' && sourceId.length <= 200 ? sourceId : undefined
}

/** Guide id in a job's data, as {@link sourceIdOf}. */
export function guideIdOf(data: unknown): string | undefined {
  const guideId = (data as { readonly guideId?: unknown } | null | undefined)?.guideId
  return typeof guideId === 'string' && guideId.length <= 200 ? guideId : undefined
}
