import { type ChildProcess, spawn } from 'node:child_process'
import { reapAtExit } from '../process/reap-at-exit.ts'
import type { Broadcast, BroadcastListener } from './broadcast.ts'

/**
 * What a program writes, to all who listen; it starts with the first and is killed after the last.
 */
export function createProcessBroadcast(options: {
  readonly command: string
  readonly arguments: readonly string[]
}): Broadcast {
  const listeners = new Set<BroadcastListener>()
  let child: ChildProcess | undefined

  const endAll = () => {
    child = undefined
    for (const listener of [...listeners]) listener.onEnd()
  }
  const start = () => {
    const started = spawn(options.command, [...options.arguments], { stdio: ['ignore', 'pipe', 'ignore'] })
    child = started
    reapAtExit(started)
    started.stdout?.on('data', (bytes: Buffer) => {
      for (const listener of listeners) listener.onBytes(bytes)
    })
    const ended = () => {
      if (child === started) endAll()
    }
    started.once('error', ended)
    started.once('close', ended)
  }
  const stop = () => {
    const running = child
    child = undefined
    running?.kill('SIGKILL')
  }
  return {
    listen: (listener) => {
      listeners.add(listener)
      if (child === undefined) start()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    resetTimeStamps: () => {},
    stop,
  }
}
