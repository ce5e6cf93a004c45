import type { SourceLists } from '@kptv/catalog'
import type { ImportsAnswer } from '@kptv/contract'

/** How far the imports of all sources are. Throws when Redis is away. */
export async function readImports(
  sources: ReadonlyArray<{ readonly id: string }>,
  lists: Pick<SourceLists, 'state'>,
): Promise<ImportsAnswer> {
  const states = await Promise.all(sources.map(({ id }) => lists.state(id)))
  const running = states.filter(({ state }) => state === 'importing')
  return {
    sources: sources.length,
    running: running.length,
    failed: states.filter(({ state }) => state === 'failed').length,
    entries: running.reduce((sum, { progress = 0 }) => sum + progress, 0),
  }
}
