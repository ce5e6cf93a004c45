import type { ChainableCommander } from 'ioredis'

/**
 * Sends a pipeline. Its commands are all carried out, whatever becomes of the others; the first
 * error of them is thrown, as `exec()` alone hides it among the answers.
 *
 * @returns the answers in the order of the commands
 * @throws what Redis or the connection threw
 */
export async function execOrThrow(pipeline: ChainableCommander): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? []
  for (const [error] of answers) if (error !== null) throw error
  return answers.map(([, answer]) => answer)
}
