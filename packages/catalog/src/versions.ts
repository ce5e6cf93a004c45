import { defineScript, type Redis } from '@kptv/redis'

/** The next version of a list or a guide; each import writes under its own. */
export const claimVersion = defineScript<readonly [], number>({
  file: new URL('./claim-version-1.lua', import.meta.url),
  parse: Number,
})

/** The next number of a catalogue or of the merged guide. */
export const claimGeneration = defineScript<readonly [], number>({
  file: new URL('./claim-generation-1.lua', import.meta.url),
  parse: Number,
})

type ScriptCall = { readonly keys: readonly string[]; readonly args: ReadonlyArray<string | number> }

/**
 * Makes a staged version the good one. The script compares the good version with the one that the
 * caller has read; it answers `changed` if another writer was faster.
 *
 * @returns a function that reads the good version with `prepare` and calls the script, and starts
 *   again whenever it has changed
 */
export function definePublication<Outcome extends string>(file: URL) {
  const publish = defineScript<ReadonlyArray<string | number>, Outcome | 'changed'>({
    file,
    parse: (reply) => String(reply) as Outcome | 'changed',
  })
  return async (redis: Redis, prepare: () => Promise<ScriptCall>): Promise<Outcome> => {
    for (;;) {
      const { keys, args } = await prepare()
      const outcome = await publish(redis, keys, args)
      if (outcome !== 'changed') return outcome
    }
  }
}
