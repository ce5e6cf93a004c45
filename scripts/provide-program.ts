import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program that is not ours: how it may be called, and in which packages it comes. */
type Program = {
  readonly names: readonly string[]
  /** Per package manager; several are tried in turn. */
  readonly packages: Readonly<Record<PackageManager, readonly string[]>>
}

type PackageManager = 'apt-get' | 'dnf' | 'apk' | 'brew'

export const REDIS: Program = {
  names: ['redis-server', 'valkey-server'],
  packages: {
    'apt-get': ['redis-server', 'valkey-server'],
    dnf: ['valkey', 'redis'],
    apk: ['valkey', 'redis'],
    brew: ['redis'],
  },
}

export const FFMPEG: Program = {
  names: ['ffmpeg'],
  packages: { 'apt-get': ['ffmpeg'], dnf: ['ffmpeg-free', 'ffmpeg'], apk: ['ffmpeg'], brew: ['ffmpeg'] },
}

export const HAPROXY: Program = {
  names: ['haproxy'],
  packages: { 'apt-get': ['haproxy'], dnf: ['haproxy'], apk: ['haproxy'], brew: ['haproxy'] },
}

/** Its names where `test/page/open-browser.ts` looks for it. Too large to be installed unasked. */
export const NAMES_OF_CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']

const INSTALL: Readonly<Record<PackageManager, readonly string[]>> = {
  'apt-get': ['install', '-y', '-q', '--no-install-recommends'],
  dnf: ['install', '-y'],
  apk: ['add'],
  brew: ['install'],
}

// Where package managers put programs while PATH of a bare shell does not name it.
const MORE_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin', '/opt/homebrew/opt/redis/bin']

/** The full path of the first name that is installed. */
export function findProgram(names: readonly string[], path = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...MORE_FOLDERS]
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

/**
 * Finds a program, or installs it by the package manager of the machine, which is announced. Root,
 * or sudo without a password, is needed for that (but for Homebrew).
 *
 * @returns its path, or `undefined` with the reason said
 */
export async function provideProgram(program: Program, say: (line: string) => void): Promise<string | undefined> {
  const found = findProgram(program.names)
  if (found !== undefined) return found
  const title = program.names[0]
  const manager = (Object.keys(INSTALL) as PackageManager[]).find((name) => findProgram([name]) !== undefined)
  if (manager === undefined) {
    say(`${title} is not installed, and there is no package manager that this script knows (apt-get, dnf, apk, brew)`)
    return undefined
  }
  const prefix = rightsFor(manager)
  if (prefix === undefined) {
    say(`${title} is not installed, and installing it needs root or sudo without a password`)
    return undefined
  }
  return install(program, manager, { prefix, say })
}

async function install(
  program: Program,
  manager: PackageManager,
  { prefix, say }: { readonly prefix: readonly string[]; readonly say: (line: string) => void },
): Promise<string | undefined> {
  for (const packageName of program.packages[manager]) {
    const command = [...prefix, manager, ...INSTALL[manager], packageName]
    say(`installing ${packageName}: ${command.join(' ')}`)
    if (manager === 'apt-get') await run([...prefix, 'apt-get', 'update', '-q'])
    if ((await run(command)) !== 0) continue
    const path = findProgram(program.names)
    if (path !== undefined) return path
  }
  say(`${manager} could not install ${program.names[0]}`)
  return undefined
}

/** What to put before the command so that it may install; `undefined`: it may not. */
function rightsFor(manager: PackageManager): readonly string[] | undefined {
  if (manager === 'brew' || process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
}

function run([command = '', ...commandArguments]: readonly string[]): Promise<number> {
  // RUNLEVEL: Debian would start the package's own server beside ours.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, { stdio: ['ignore', process.stderr, process.stderr], env })
    child.once('error', () => resolve(127))
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
