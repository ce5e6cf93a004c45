import type { EventFacts } from '@kptv/contract'
import type { Report } from './event-story.ts'

export type Names = {
  /** Throws when Redis is away. */
  readonly channel: (id: string) => Promise<string | undefined>
  readonly source: (id: string) => string | undefined
}

/** Adds the names of the present moment; an id without a name stands for itself. */
export async function nameFacts(report: Report, names: Names): Promise<EventFacts> {
  const { channel, source, fromSource } = report as Readonly<Record<string, string | undefined>>
  return {
    ...report,
    ...(channel !== undefined && {
      channelName: (await names.channel(channel).catch(() => undefined)) ?? channel,
    }),
    ...(source !== undefined && { sourceName: names.source(source) ?? source }),
    ...(fromSource !== undefined && { fromSourceName: names.source(fromSource) ?? fromSource }),
  } as EventFacts
}
