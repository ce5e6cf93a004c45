import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './child-process.ts'
import { findProgram } from './provide-program.ts'
import { runToEnd } from './run-to-end.ts'

/** An Xtream client of others, with which tests judge our server. */
const PYXTREAM = 'pyxtream==0.8.0'
/** The tests look for its Python here. */
const FOLDER = join(ROOT, '.kptv', 'pyxtream')
const READY = join(FOLDER, PYXTREAM)

/** Installs it from PyPI into its own folder, once; half a minute at most if PyPI is away. */
export async function providePyxtream(say: (line: string) => void): Promise<void> {
  if (existsSync(READY)) return
  const python = findProgram(['python3'])
  if (python !== undefined && (await install(python))) return writeFileSync(READY, '')
  rmSync(FOLDER, { recursive: true, force: true })
  say(`${PYXTREAM} cannot be installed (it needs python3 with venv, and PyPI): the test that it judges is skipped`)
}

async function install(python: string): Promise<boolean> {
  rmSync(FOLDER, { recursive: true, force: true })
  if ((await runToEnd(python, ['-m', 'venv', FOLDER], 'errors only')) !== 0) return false
  const patience = ['--disable-pip-version-check', '--timeout', '10', '--retries', '1']
  return (await runToEnd(join(FOLDER, 'bin', 'pip'), ['install', '-q', ...patience, PYXTREAM], 'errors only')) === 0
}
