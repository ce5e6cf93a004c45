import type { Redis, ScriptRunner } from '@kptv/redis'

/**
 * What a beat may send: scripts, and the one plain command it needs. A connection qualifies too.
 */
export type CommandRunner = ScriptRunner & { get(key: string): Promise<string | null> }

type Command = [string, ...Array<string | Buffer>]
type Queued = { readonly command: Command; resolve(reply: unknown): void; reject(error: unknown): void }

/**
 * Collects commands and sends them as one pipeline. Each gets its own answer or error. Commands
 * added after {@link send}, such as the text of a script that Redis has forgotten, go out at once.
 */
export function createCommandBatch(redis: Redis) {
  const queue: Queued[] = []
  // The keys of one beat lie on several nodes of a Redis Cluster, and a pipeline cannot span nodes.
  let isSent = redis.isCluster

  const run = (...command: Command): Promise<unknown> => {
    if (isSent) return redis.call(...command)
    return new Promise((resolve, reject) => queue.push({ command, resolve, reject }))
  }
  const runner: CommandRunner = {
    evalsha: (sha1, numberOfKeys, ...rest) => run('evalsha', sha1, String(numberOfKeys), ...rest),
    eval: (text, numberOfKeys, ...rest) => run('eval', text, String(numberOfKeys), ...rest),
    get: async (key) => (await run('get', key)) as string | null,
  }

  return {
    runner,

    /**
     * Resolves when all answers are there. Never throws: errors go to the callers of the commands.
     */
    async send(): Promise<void> {
      isSent = true
      if (queue.length === 0) return
      const replies = await redis.pipeline(queue.map(({ command }) => command)).exec()
      for (const [index, { resolve, reject }] of queue.entries()) {
        const [error, reply] = replies?.[index] ?? [new Error('no answer')]
        if (error) reject(error)
        else resolve(reply)
      }
    },
  }
}
