import { schemaOf } from './value-schemas.ts'

/** What it means is for `parseRedisAddress` of packages/redis to say; a test of apps/api holds the two together. */
export function redisAddress() {
  const allowed =
    'redis://host:6379/0 (one server), redis+sentinel://host:26379,host:26379/name/0 (Sentinels and the name of their primary) or redis+cluster://host:6379,host:6379 (nodes of a cluster); rediss… is with TLS, user:password@ stands before the first host'
  return schemaOf(allowed, (text) => (isRedisAddress(text) ? text : undefined))
}

const LOGIN = String.raw`([^\s/?#@]*@)?`
const HOST = String.raw`([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?`
const HOSTS = `${HOST}(,${HOST})*`
const DATABASE = String.raw`\d{1,3}`
const SENTINEL_LOGIN = String.raw`(\?(sentinel_(username|password)=[^\s&#]+(&(?=.)|$)){1,2})?`

const REDIS_FORMS = [
  new RegExp(`^rediss?://${LOGIN}${HOST}(/(${DATABASE})?)?$`, 'i'),
  new RegExp(String.raw`^rediss?\+sentinel://${LOGIN}${HOSTS}/[\w.-]+(/(${DATABASE})?)?${SENTINEL_LOGIN}$`, 'i'),
  // A cluster has one database.
  new RegExp(String.raw`^rediss?\+cluster://${LOGIN}${HOSTS}(/0?)?$`, 'i'),
]

function isRedisAddress(text: string): boolean {
  if (!REDIS_FORMS.some((form) => form.test(text))) return false
  const ports = text.replace(/\/\/[^@/]*@/, '//').matchAll(/:(\d{1,5})(?=[,/?]|$)/g)
  return isEscaped(text) && [...ports].every(([, port]) => Number(port) >= 1 && Number(port) <= 65_535)
}

/** `%` begins an escape, as it must in an address. */
function isEscaped(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** An address that is wrong, without user, password and query; nothing of it where these cannot be told from the rest. */
export function withoutRedisLogin(text: string): string {
  const shown = text.replace(/^([a-z+]*:\/\/)?.*@/is, '$1(hidden)@').replace(/\?.*$/s, '?(hidden)')
  return SHOWABLE.test(shown) ? shown : '(hidden)'
}

const SHOWABLE =
  /^[a-z+]+:\/\/(\(hidden\)@)?([a-z0-9_.-]*|\[[0-9a-f:.]+\])(:\d+)?(,[a-z0-9_.-]*(:\d+)?)*(\/[\w.-]{0,32}){0,3}(\?\(hidden\))?$/i
