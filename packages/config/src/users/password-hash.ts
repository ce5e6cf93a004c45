import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

/** As OWASP recommends for Argon2id: 19 MiB, two passes, one lane. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A hash that costs more than these could stop an edge, or each of its logins. */
const MAX_MEMORY_KIB = 262_144
const MAX_PASSES = 16
const MAX_LANES = 8

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

const derive = promisify(argon2)

/** A new hash in the form of the Password Hashing Competition, with its own salt. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive('argon2id', { message: password, nonce: salt, tagLength: HASH_BYTES, ...COST })
  const { memory, passes, parallelism } = COST
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(key)}`
}

/** Whether a text is a hash that {@link verifyPassword} can check at a bounded cost. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== undefined
}

/** Takes the same time whether or not the password is right. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parse(hash)
  if (parsed === undefined) return false
  const { cost, salt, expected } = parsed
  const key = await derive('argon2id', { message: password, nonce: salt, tagLength: expected.length, ...cost })
  return timingSafeEqual(key, expected)
}

function parse(text: string) {
  const [, memory = '', passes = '', lanes = '', salt = '', expected = ''] = PHC.exec(text) ?? []
  const cost: Cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(lanes) }
  if (cost.passes < 1 || cost.passes > MAX_PASSES || cost.parallelism < 1 || cost.parallelism > MAX_LANES) return
  if (cost.memory < 8 * cost.parallelism || cost.memory > MAX_MEMORY_KIB) return
  return { cost, salt: Buffer.from(salt, 'base64'), expected: Buffer.from(expected, 'base64') }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
