import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** A program and, if available, the tool that makes the kernel end it together with us. */
export type Ffmpeg = { readonly path: string; readonly guard: string | undefined }

/**
 * @param wanted `auto`: from the folders of PATH, if present · `off` · a path
 * @throws Error naming the path if one is given and cannot be run
 */
export function findFfmpeg(wanted: string, searchPath: string): Ffmpeg | undefined {
  if (wanted === 'off') return undefined
  const path = wanted === 'auto' ? findProgram('ffmpeg', searchPath) : runnable(wanted)
  if (path === undefined && wanted !== 'auto') throw new Error(`FFMPEG: ${wanted} cannot be run`)
  const guard = process.platform === 'linux' ? findProgram('setpriv', searchPath) : undefined
  return path === undefined ? undefined : { path, guard }
}

function findProgram(name: string, searchPath: string): string | undefined {
  const folders = searchPath.split(delimiter).filter(isAbsolute)
  return folders.map((folder) => runnable(join(folder, name))).find((path) => path !== undefined)
}

function runnable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}
