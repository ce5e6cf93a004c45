import { createKeys, type Redis } from '@kptv/redis'
import { createFoundFiles, type FoundFiles } from '../src/providers/found-files.ts'

/** Notes about streams that are files, by their keys in Redis, which is not needed here. */
export function inMemoryFiles(notes: Map<string, string>): FoundFiles {
  const redis = {
    get: async (key: string) => notes.get(key) ?? null,
    set: async (key: string, extension: string) => void notes.set(key, extension),
    pexpire: async () => 1,
    del: async (key: string) => notes.delete(key),
  }
  return createFoundFiles({ redis: redis as unknown as Redis, keys: createKeys() })
}
