import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What pyxtream reads of an Xtream server. */
type XtreamRead = {
  readonly auth: number
  readonly isLoaded: boolean
  /** Those that have a channel or a movie. */
  readonly groups: readonly string[]
  readonly channels: readonly unknown[][]
  readonly guides: readonly unknown[]
}

const PYTHON = fileURLToPath(new URL('../../../.kptv/pyxtream/bin/python', import.meta.url))
const SCRIPT = fileURLToPath(new URL('read-xtream.py', import.meta.url))

/** `npm test` installs it where it can, and says so where it cannot. */
export const hasPyxtream = existsSync(PYTHON)

export function readXtream(server: {
  readonly url: string
  readonly user: string
  readonly password: string
}): XtreamRead {
  const input = JSON.stringify(server)
  return JSON.parse(execFileSync(PYTHON, [SCRIPT], { input, encoding: 'utf8', timeout: 60_000 }))
}
