import { type ChildProcess, fork } from 'node:child_process'
import type { Logger } from '@kptv/logging'
import { isBeat, isDrainRequest } from './beat.ts'
import { type CauseOfDeath, causeOfDeath, isStarved } from './cause-of-death.ts'
import { beginLife, type ChildAction, type ChildEvent, type ChildLife, nextLife } from './child-life.ts'
import { formatPlace, type ProcessPlace } from './process-place.ts'
import { type ProcessFacts, readProcess } from './read-process.ts'
import type { TombstoneWriter } from './tombstone-writer.ts'

type SupervisedChildOptions = {
  readonly file: string
  readonly place: ProcessPlace
  /** A child that is silent for this long is killed. */
  readonly killAfterMs: number
  readonly tombstones: Pick<TombstoneWriter, 'write'>
  readonly logger: Logger
  readonly onDrainRequest: () => void
  /** It will not be restarted. */
  readonly onGone: (failed: boolean) => void
}

type SupervisedChild = {
  order(order: 'drain' | 'end', withinMs: number): void
  /** Called several times a second. */
  check(sinceLastMs: number): void
}

// MB of each part of the place for short-lived garbage. Without a limit it grows to 64 within
// minutes of play, and is never released; 16 cost 20 MB more than 4, and saved no CPU. One thread
// collects so little sooner than helpers are woken. The rest may double before it is collected;
// otherwise it grows to four times what is in use, which cost 120 MB when a guide of 300,000
// channels was rendered.
const EDGE_FLAGS = ['--max-semi-space-size=4', '--no-parallel-scavenge', '--heap-growing-percent=100']

// Bytes of a buffer from which on glibc gives its memory back to the kernel when it is freed. This
// is where it begins, but left to itself it raises it with each such buffer, and 60 channels then
// leave 120 MB of gaps behind.
const EDGE_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '131072' }

/** Keeps one edge process running: feeds events into its life, and carries out the decisions. */
export function superviseChild(options: SupervisedChildOptions): SupervisedChild {
  const { file, place, killAfterMs, tombstones, logger, onDrainRequest, onGone } = options
  let life: ChildLife
  let child: ChildProcess | undefined
  let lastHeard: ProcessFacts | undefined
  /** How this process was killed, if it was. */
  let killed: { readonly wasSilent: boolean; readonly facts: ProcessFacts | undefined } | undefined
  let cause: CauseOfDeath | undefined

  function feed(event: ChildEvent): void {
    const phaseBefore: ChildLife['phase'] = life.phase
    const { life: after, actions } = nextLife(life, event, performance.now())
    life = after
    actions.forEach(carryOut)
    if (after.phase === phaseBefore) return
    if (after.phase === 'gone') onGone(after.failed)
    if (after.phase === 'resting') {
      logger.info({ restMs: Math.round(after.wakesAtMs - performance.now()) }, 'edge process will be restarted')
    }
  }

  function carryOut(action: ChildAction): void {
    switch (action.kind) {
      case 'fork':
        child = startProcess()
        return
      case 'signal':
        child?.kill(action.signal)
        return
      case 'kill':
        killed = { wasSilent: action.because === 'silent', facts: readProcess(child?.pid) }
        logger.error({ pid: child?.pid, because: action.because }, 'edge process killed')
        // SIGKILL also ends a process that is stopped by SIGSTOP.
        child?.kill('SIGKILL')
        return
      case 'tombstone':
        tombstones.write(action.incarnations, action.reason, cause)
        return
    }
  }

  function startProcess(): ChildProcess {
    const started = fork(file, [formatPlace(place)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...EDGE_FLAGS],
      env: { ...EDGE_ENVIRONMENT, ...process.env },
    })
    const { pid } = started
    killed = undefined
    lastHeard = readProcess(pid)
    logger.info({ pid }, 'edge process started')
    started.on('message', (message) => {
      if (isDrainRequest(message)) return onDrainRequest()
      if (!isBeat(message)) return
      lastHeard = readProcess(pid)
      feed(message)
    })
    started.once('exit', (code, signal) => {
      const isInOrder = code === 0
      logger[isInOrder ? 'info' : 'error']({ pid, code, signal }, 'edge process ended')
      cause = causeOfDeath({ code, signal, lastHeard, wasSilent: killed?.wasSilent ?? false, atKill: killed?.facts })
      feed({ kind: 'exit', code, signal })
    })
    started.on('error', (error) => {
      logger.error({ error, pid }, 'starting or signalling edge process failed')
      if (pid === undefined) feed({ kind: 'exit', code: 127, signal: null })
    })
    return started
  }

  const beginning = beginLife(performance.now(), killAfterMs)
  life = beginning.life
  beginning.actions.forEach(carryOut)
  return {
    order: (order, withinMs) => feed({ kind: 'order', order, withinMs }),
    check: (sinceLastMs) =>
      feed({ kind: 'check', sinceLastMs, isStarved: isStarved(lastHeard, readProcess(child?.pid)) }),
  }
}
