/**
 * `node --import scripts/leave-with-parent.ts main.ts`: the process stops when the one that started it is gone, even by kill -9. It does so
 * by the way of SIGTERM, so that it drains as usual, and by force if that takes too long.
 */
const FORCE_AFTER_MS = 40_000

process.once('disconnect', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), FORCE_AFTER_MS).unref()
  process.kill(process.pid, 'SIGTERM')
})
// A listener for the channel would keep a process alive that has finished.
process.channel?.unref()
