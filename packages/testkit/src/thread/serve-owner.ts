import { workerData } from 'node:worker_threads'
import type { Answer, Call, Made, ThreadData } from './start-in-thread.ts'

/**
 * The other side of `startInThread`: makes the object, and carries out the calls of its owner,
 * which waits for each answer.
 */
export async function serveOwner<Options>(make: (options: Options) => Promise<object>): Promise<void> {
  const { port, answered, options } = workerData as ThreadData
  const made = await answerOf(() => make(options as Options))
  const object = (made.value ?? {}) as Record<string, unknown>
  port.on('message', async ({ method, args }: Call) => {
    port.postMessage(await answerOf(() => (object[method] as (...args: readonly unknown[]) => unknown)(...args)))
    Atomics.store(answered, 0, 1)
    Atomics.notify(answered, 0)
  })
  const isMethod = (name: string) => typeof object[name] === 'function'
  const names = Object.keys(object)
  const facts = Object.fromEntries(names.filter((name) => !isMethod(name)).map((name) => [name, object[name]]))
  const value: Made = { facts, methods: names.filter(isMethod) }
  port.postMessage({ ...made, value } satisfies Answer)
}

async function answerOf(carryOut: () => unknown): Promise<Answer> {
  try {
    return { value: await carryOut() }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
