import { spawnSync } from 'node:child_process'

/**
 * Whether all of these programs, which judge our output, can be run. `npm test` installs them where
 * it can, and reports where it cannot.
 */
export function hasPrograms(...names: ReadonlyArray<'ffmpeg' | 'ffprobe' | 'haproxy'>): boolean {
  return names.every((name) => spawnSync(name, ['-version'], { stdio: 'ignore' }).status === 0)
}
