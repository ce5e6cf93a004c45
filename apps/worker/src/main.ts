import { setFlagsFromString } from 'node:v8'

// An import makes much short-lived garbage, and the space for it would grow to three times what the
// rest needs: 100 MB for a few percent of time.
setFlagsFromString('--semi-space-growth-factor=1')
// The heap may double before it is collected; otherwise it grows to four times what is in use: 40
// MB for a few percent of time.
setFlagsFromString('--heap-growing-percent=100')
// There are few processors, and other programs need them: waking a second thread for a few
// megabytes costs more than it saves.
setFlagsFromString('--no-parallel-scavenge')

// Only now: the loading of all modules alone would make that space grow, and it never shrinks.
await import('./run-worker.ts')
