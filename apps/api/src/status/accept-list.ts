import type { SourceLists } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import type { JobQueues } from '@kptv/jobs'

/**
 * Makes a quarantined list the good list of its source, by a person's decision, and requests a
 * build of the catalogue. Throws when Redis is away.
 */
export function createListAcceptor(options: {
  readonly sources: () => readonly Source[]
  readonly lists: Pick<SourceLists, 'accept'>
  readonly queues: Pick<JobQueues, 'requestBuild'>
}) {
  const { sources, lists, queues } = options
  return async (sourceId: string): Promise<'accepted' | 'unknown-source' | 'nothing-put-aside'> => {
    if (!sources().some(({ id }) => id === sourceId)) return 'unknown-source'
    const outcome = await lists.accept(sourceId)
    if (outcome === 'accepted') await queues.requestBuild()
    return outcome
  }
}
