import type { SourceLists } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import type { JobQueues } from '@kptv/jobs'

/** A person decides that the list of a source which was put aside is right: it becomes the good one, and a catalogue is built. Throws without Redis. */
export function createListAcceptor(options: {
  sources: () => readonly Source[]
  lists: Pick<SourceLists, 'accept'>
  queues: Pick<JobQueues, 'requestBuild'>
}) {
  const { sources, lists, queues } = options
  return async (sourceId: string): Promise<'accepted' | 'unknown-source' | 'nothing-put-aside'> => {
    if (!sources().some(({ id }) => id === sourceId)) return 'unknown-source'
    const outcome = await lists.accept(sourceId)
    if (outcome === 'accepted') await queues.requestBuild()
    return outcome
  }
}
