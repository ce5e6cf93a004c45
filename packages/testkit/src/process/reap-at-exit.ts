import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Holds a list of pids and kills what is left on it when its input ends, which the kernel sees to
 * however this process dies (kill -9 and Ctrl-C included). A line `+pid` adds, `-pid` removes.
 */
const GUARDIAN_SCRIPT = `
pids=' '
while read -r line; do
  case "$line" in
    +*) pids="$pids\${line#+} " ;;
    -*) pid="\${line#-}"; pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" "-$pid"; done 2>/dev/null
`

let guardian: ChildProcess | undefined
const watchedPids = new Set<number>()

/**
 * Promises that `child`, and its process group if it leads one, does not outlive this process.
 * Needs nothing at the end: a child that exits is taken off the list, and the guardian leaves when
 * the list is empty.
 */
export function reapAtExit(child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined) return
  watchedPids.add(pid)
  tellGuardian(`+${pid}`)
  child.once('exit', () => {
    watchedPids.delete(pid)
    tellGuardian(`-${pid}`)
    if (watchedPids.size > 0) return
    guardian?.stdin?.end()
    guardian = undefined
  })
}

function tellGuardian(line: string): void {
  guardian ??= startGuardian()
  guardian.stdin?.write(`${line}\n`)
}

function startGuardian(): ChildProcess {
  // Detached: a Ctrl-C in the terminal must end the tests, not the one who tidies up after them.
  const started = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  started.on('error', () => {})
  started.stdin?.on('error', () => {})
  started.unref()
  ;(started.stdin as unknown as { readonly unref?: () => void }).unref?.()
  return started
}
