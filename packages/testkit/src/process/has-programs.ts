import { spawnSync } from 'node:child_process'

/**
 * Whether all of these can be run, to judge what we made. `npm test` installs them where it can,
 * and says so where it cannot.
 */
export function hasPrograms(...names: ReadonlyArray<'ffmpeg' | 'ffprobe' | 'haproxy'>): boolean {
  return names.every((name) => spawnSync(name, ['-version'], { stdio: 'ignore' }).status === 0)
}
