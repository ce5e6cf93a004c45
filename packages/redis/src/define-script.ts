import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Values that a script accepts as ARGV. */
export type ScriptArgument = string | number | Buffer

/** What sends scripts: a connection, or something that collects commands for one. */
export type ScriptRunner = {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArgs: Array<string | Buffer>): Promise<unknown>
  eval(text: string, numberOfKeys: number, ...keysAndArgs: Array<string | Buffer>): Promise<unknown>
}

/**
 * Runs a script. Throws the error of Redis or the connection; a missing script (NOSCRIPT after a
 * restart or SCRIPT FLUSH) is not an error: the text is sent again.
 */
type Script<Args extends readonly ScriptArgument[], Result> = (
  redis: ScriptRunner,
  keys: readonly string[],
  args: Args,
) => Promise<Result>

/**
 * Loads `<verb>-<noun>-<number of keys>.lua`, which lies beside its one caller, and returns a typed
 * function for it. Scripts are constants: values only ever travel as KEYS and ARGV.
 *
 * @param options.file Address of the script: `new URL('./acquire-slot-2.lua', import.meta.url)`.
 * @param options.parse Turns the raw answer of Redis into the caller's terms.
 * @throws at load time when the file is missing or its name lacks the number of keys
 */
export function defineScript<Args extends readonly ScriptArgument[], Result>(options: {
  readonly file: URL
  readonly parse: (reply: unknown) => Result
}): Script<Args, Result> {
  const name = options.file.pathname.split('/').at(-1) ?? ''
  const numberOfKeys = keysInName(name)
  const text = readFileSync(options.file, 'utf8')
  const sha1 = createHash('sha1').update(text).digest('hex')

  return async (redis, keys, args) => {
    if (keys.length !== numberOfKeys) {
      throw new TypeError(`${name} takes ${numberOfKeys} keys, not ${keys.length}`)
    }
    const keysAndArgs = [...keys, ...args.map((value) => (Buffer.isBuffer(value) ? value : String(value)))]
    try {
      return options.parse(await redis.evalsha(sha1, numberOfKeys, ...keysAndArgs))
    } catch (error) {
      if (!isMissingScript(error)) throw error
      return options.parse(await redis.eval(text, numberOfKeys, ...keysAndArgs))
    }
  }
}

function keysInName(name: string): number {
  const match = /-(\d+)\.lua$/.exec(name)
  if (!match) throw new TypeError(`script file ${name} must be named <verb>-<noun>-<number of keys>.lua`)
  return Number(match[1])
}

function isMissingScript(error: unknown): boolean {
  return String((error as { readonly message?: unknown })?.message).startsWith('NOSCRIPT')
}
