import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'

/** What crosses the border between the two threads. */
export type ThreadData = { readonly port: MessagePort; readonly answered: Int32Array; readonly options: unknown }
export type Call = { readonly method: string; readonly args: readonly unknown[] }
export type Answer = { readonly value?: unknown; readonly error?: string }
export type Made = { readonly facts: object; readonly methods: readonly string[] }

/** A thread that does not answer for this long hangs. */
const HANGS_MS = 60_000
/** For an orderly end, of programs that it has started, say; then the thread is ended by force. */
const STOP_MS = 5_000

/**
 * Makes an object in its own thread, so that its timers and sockets do not wait for this one,
 * which checks media and runs the test. Its methods are called as if it were here: they wait for
 * the other thread, and return plain data.
 *
 * @param file a module that calls `serveOwner`
 * @param options plain data
 * @throws Error with the message of the error in the thread
 */
export async function startInThread<Kind extends AsyncDisposable & { stop(): Promise<void> }>(
  file: URL,
  options: unknown,
): Promise<Kind> {
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const { port1: port, port2 } = new MessageChannel()
  const workerData: ThreadData = { port: port2, answered, options }
  const worker = new Worker(file, { workerData, transferList: [port2] })
  const { promise: started, resolve, reject } = Promise.withResolvers<Answer>()
  port.once('message', resolve)
  worker.on('error', reject)
  const { facts, methods } = resultOf(await started) as Made
  // From now on answers are fetched, not delivered.
  port.unref()
  worker.unref()

  const call = (method: string, args: readonly unknown[]): unknown => {
    Atomics.store(answered, 0, 0)
    port.postMessage({ method, args } satisfies Call)
    if (Atomics.wait(answered, 0, 0, HANGS_MS) === 'timed-out') throw new Error(`the thread does not answer: ${method}`)
    return resultOf((receiveMessageOnPort(port) as { readonly message: Answer }).message)
  }
  const end = async (): Promise<void> => {
    // This thread stays free meanwhile: the other side of a socket may be here.
    port.postMessage({ method: 'stop', args: [] } satisfies Call)
    await Promise.race([once(port, 'message'), sleep(STOP_MS, undefined, { ref: false })])
    port.close()
    await worker.terminate()
  }
  let ending: Promise<void> | undefined
  const stop = (): Promise<void> => {
    ending ??= end()
    return ending
  }
  const calls = methods.map((method) => [method, (...args: readonly unknown[]) => call(method, args)] as const)
  return { ...facts, ...Object.fromEntries(calls), stop, [Symbol.asyncDispose]: stop } as AsyncDisposable as Kind
}

function resultOf({ value, error }: Answer): unknown {
  if (error !== undefined) throw new Error(error)
  return value
}
