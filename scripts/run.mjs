/**
 * node scripts/run.mjs <script.ts> [arguments]
 *
 * Runs a script of this repository on a machine that has only Node >= 20 and npm: installs the
 * workspace when its lockfile has changed (pnpm by npx, at the pinned version), then hands over to
 * the Node 24 that came with it. Plain JavaScript without dependencies, because it runs before
 * there are any.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'node_modules', '.kptv-installed')
const node24 = join(root, 'node_modules', 'node', 'bin', 'node')

const parent = process.ppid
// npm that is killed by force notifies nobody.
const startedByNpm = process.env.npm_lifecycle_event !== undefined

const [script, ...scriptArguments] = process.argv.slice(2)
if (script === undefined) fail('usage: node scripts/run.mjs <script.ts> [arguments]')
checkNodeVersion()
await installIfNeeded()
process.exitCode = await run(node24, ['--disable-warning=ExperimentalWarning', script, ...scriptArguments], {
  // The channel shows the script when this process is gone, even by kill -9.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})

function checkNodeVersion() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20) fail(`Node 20 or newer is needed to set this up; this is ${process.versions.node}`)
}

/**
 * The stamp names what the lockfile said and for which machine; times would lie after a checkout or
 * a copy.
 */
async function installIfNeeded() {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'))
  const wanted = createHash('sha256').update(lockfile).update(`${process.platform} ${process.arch}`).digest('hex')
  if (existsSync(node24) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.error(`kptv: setting up (${packageManager} install; the first time takes a minute or so)`)
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter)
  const code = await run(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false'],
    { stdio: ['ignore', process.stderr, 'inherit'], env: { ...process.env, PATH: path } },
  )
  if (code !== 0) fail('setting up failed; the reason is above. The network is needed for it once.')
  if (!existsSync(node24)) fail(`setting up did not bring Node 24 to ${node24}`)
  writeFileSync(stampFile, wanted)
}

/**
 * Runs a command in the repository, passes signals on, and answers with its exit code (128 + number
 * of the signal that ended it).
 */
function run(command, commandArguments, options) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, { cwd: root, ...options })
    const passOn = (signal) => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
    for (const signal of signals) process.on(signal, passOn)
    const stopWithNpm = setInterval(() => {
      if (!startedByNpm || process.ppid === parent) return
      clearInterval(stopWithNpm)
      child.kill('SIGTERM')
    }, 1_000)
    child.once('error', (error) => {
      console.error(`kptv: ${command} could not be started: ${error.message}`)
      resolve(127)
    })
    child.once('exit', (code, signal) => {
      clearInterval(stopWithNpm)
      for (const name of signals) process.off(name, passOn)
      resolve(signal === null ? code : 128 + constants.signals[signal])
    })
  })
}

function fail(message) {
  console.error(`kptv: ${message}`)
  process.exit(1)
}
