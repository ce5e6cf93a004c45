/**
 * `node scripts/guard-program.ts <program> [arguments]`: runs a program that is unaware of its
 * parent (Redis), and stops it when the process that started the guard is gone. SIGTERM is passed
 * on; exit code and signal of the program become those of the guard.
 */
import { spawn } from 'node:child_process'

const FORCE_AFTER_MS = 10_000

const [program = '', ...programArguments] = process.argv.slice(2)
const child = spawn(program, programArguments, { stdio: ['ignore', 'inherit', 'inherit'] })
const stop = () => {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), FORCE_AFTER_MS).unref()
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
// A little later, so that the others, who notice in the same moment, can say goodbye to Redis.
process.once('disconnect', () => setTimeout(stop, 3_000))
child.once('error', (error) => {
  console.error(`${program}: ${error.message}`)
  process.exit(127)
})
child.once('exit', (code, signal) => {
  if (signal !== null) console.error(`${program} was ended by ${signal}`)
  process.exit(code ?? 1)
})
