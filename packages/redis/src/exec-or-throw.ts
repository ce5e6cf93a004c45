import type { ChainableCommander } from 'ioredis'

/**
 * Sends a pipeline. All its commands are carried out, even if some fail; throws the first error,
 * which `exec()` alone hides among the answers.
 *
 * @returns the answers in the order of the commands
 * @throws the error of Redis or the connection
 */
export async function execOrThrow(pipeline: ChainableCommander): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? []
  for (const [error] of answers) if (error !== null) throw error
  return answers.map(([, answer]) => answer)
}
