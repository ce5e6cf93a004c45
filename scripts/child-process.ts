import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/**
 * A process that start.ts looks after. It has its own process group, so that Ctrl-C reaches it only
 * in its turn.
 */
export type ChildProgram = {
  readonly name: string
  readonly process: ChildProcess
  /** Settles when it has ended, for any reason. */
  readonly ended: Promise<Ended>
  /**
   * The order (SIGTERM by default), and SIGKILL (unless it is a guard) if it has not ended after
   * `graceMs` or when `hurry` fires.
   */
  stop(graceMs: number, hurry: AbortSignal, order?: 'SIGTERM' | 'SIGINT'): Promise<Ended>
}

type ChildOptions = {
  readonly name: string
  /** Arguments of this Node: options, script, arguments of the script. */
  readonly nodeArguments: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `ask`: its standard output can be read by the caller. */
  readonly output?: 'shown' | 'ask'
  /**
   * It looks after another program, which would be left alone if the guard were killed: it uses
   * force itself.
   */
  readonly isGuard?: boolean
}

export function startChild({
  name,
  nodeArguments,
  env = process.env,
  output = 'shown',
  isGuard = false,
}: ChildOptions): ChildProgram {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...nodeArguments], {
    cwd: ROOT,
    env: { ...env },
    detached: true,
    // The channel shows the child when this process is gone, even by kill -9: it gets
    // `disconnect`, and exits cleanly.
    stdio: ['ignore', output === 'ask' ? 'pipe' : 'inherit', 'inherit', 'ipc'],
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const running = { child, ended, force: isGuard ? 'SIGTERM' : 'SIGKILL' } as const
  return {
    name,
    process: child,
    ended,
    stop: (graceMs, hurry, order) => stopChild(running, { graceMs, hurry, order: order ?? 'SIGTERM' }),
  }
}

type Running = {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly force: 'SIGTERM' | 'SIGKILL'
}

type Stop = { readonly graceMs: number; readonly hurry: AbortSignal; readonly order: 'SIGTERM' | 'SIGINT' }

async function stopChild({ child, ended, force }: Running, { graceMs, hurry, order }: Stop): Promise<Ended> {
  if (child.exitCode !== null || child.signalCode !== null) return ended
  const kill = () => child.kill(force)
  const deadline = setTimeout(kill, graceMs)
  hurry.addEventListener('abort', kill, { once: true })
  if (hurry.aborted) kill()
  else child.kill(order)
  const result = await ended
  clearTimeout(deadline)
  hurry.removeEventListener('abort', kill)
  return result
}
