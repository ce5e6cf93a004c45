import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/**
 * Full path of `redis-server` or `valkey-server`, in this order, looked up in `path` as the shell
 * does.
 */
export async function findRedisProgram(path = ''): Promise<string | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of path.split(delimiter).filter(Boolean)) {
      const file = join(folder, name)
      const isProgram = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isProgram) return file
    }
  }
  return undefined
}
