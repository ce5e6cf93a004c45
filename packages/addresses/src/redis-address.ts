/** The topology of `REDIS_URL`: one server, a primary named by Sentinels, or shards. */
export type RedisTopology = 'single' | 'sentinel' | 'cluster'

export type RedisHost = { readonly host: string; readonly port: number }

export type RedisAddress = {
  readonly topology: RedisTopology
  /** Between us and all servers, including Sentinels. */
  readonly isEncrypted: boolean
  /**
   * The server, the Sentinels, or some nodes of the Redis Cluster, which name the others. At least
   * one.
   */
  readonly hosts: readonly RedisHost[]
  readonly username?: string
  readonly password?: string
  readonly database: number
  /** The name by which the Sentinels know the primary. */
  readonly primaryName?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

/** The forms that {@link parseRedisAddress} accepts, for messages. */
export const REDIS_ADDRESS_FORMS =
  'redis://host:6379/0 (one server), redis+sentinel://host:26379,host:26379/name/0 (Sentinels and the name of their primary) or redis+cluster://host:6379,host:6379 (nodes of a Redis Cluster); rediss… uses TLS, user:password@ goes before the first host'

const LOGIN = String.raw`(?:(?<login>[^\s/?#@]*)@)?`
const HOST = String.raw`(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?`
const HOSTS = `(?<hosts>${HOST}(?:,${HOST})*)`
const DATABASE = String.raw`(?:/(?<database>\d{1,3})?)?`
const SENTINEL_LOGIN = String.raw`(?:\?(?<query>(?:sentinel_(?:username|password)=[^\s&#]+(?:&(?=.)|$)){1,2}))?`

const FORMS: ReadonlyArray<readonly [RedisTopology, RegExp]> = [
  ['single', new RegExp(`^redis(?<tls>s)?://${LOGIN}(?<hosts>${HOST})${DATABASE}$`, 'i')],
  [
    'sentinel',
    new RegExp(
      String.raw`^redis(?<tls>s)?\+sentinel://${LOGIN}${HOSTS}/(?<name>[\w.-]+)${DATABASE}${SENTINEL_LOGIN}$`,
      'i',
    ),
  ],
  // A Redis Cluster has one database.
  ['cluster', new RegExp(String.raw`^redis(?<tls>s)?\+cluster://${LOGIN}${HOSTS}(?:/0?)?$`, 'i')],
]

/**
 * Reads an address in one of the {@link REDIS_ADDRESS_FORMS}. User and password are
 * percent-encoded; Sentinels with their own login have it in
 * `?sentinel_username=…&sentinel_password=…`.
 *
 * @throws TypeError without the address in it, which may hold a password
 */
export function parseRedisAddress(url: string): RedisAddress {
  const address = readRedisAddress(url)
  if (address === undefined) throw new TypeError('not the address of a Redis')
  return address
}

export function isRedisAddress(url: string): boolean {
  return readRedisAddress(url) !== undefined
}

function readRedisAddress(url: string): RedisAddress | undefined {
  for (const [topology, form] of FORMS) {
    const parts = form.exec(url)?.groups
    if (parts !== undefined) return isEscaped(url) ? toAddress(topology, parts) : undefined
  }
  return undefined
}

function toAddress(topology: RedisTopology, parts: Readonly<Record<string, string | undefined>>) {
  const [user = '', ...password] = (parts.login ?? '').split(':')
  const usualPort = topology === 'sentinel' ? 26379 : 6379
  const hosts = (parts.hosts ?? '').split(',').map((host) => parseHost(host, usualPort))
  if (hosts.some(({ port }) => port < 1 || port > 65_535)) return undefined
  const queried = new URLSearchParams(parts.query ?? '')
  return {
    topology,
    isEncrypted: parts.tls !== undefined,
    hosts,
    database: Number(parts.database ?? 0),
    ...present('username', decodeURIComponent(user)),
    ...present('password', decodeURIComponent(password.join(':'))),
    ...present('primaryName', parts.name),
    ...present('sentinelUsername', queried.get('sentinel_username')),
    ...present('sentinelPassword', queried.get('sentinel_password')),
  }
}

/** `host`, `host:port`, `[::1]:port`. */
function parseHost(text: string, usualPort: number): RedisHost {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  return { host: bracketed ?? plain ?? '', port: Number(port ?? usualPort) }
}

function present<Name extends string>(name: Name, value: string | null | undefined): { [Key in Name]?: string } {
  return (value ? { [name]: value } : {}) as { [Key in Name]?: string }
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

/**
 * Scheme, hosts, name of the primary and database of a Redis address, without users and passwords.
 * Never throws.
 */
export function redactRedisUrl(url: string): string {
  if (!isRedisAddress(url)) return 'an address that cannot be read'
  return url.replace(/^([^/]+:\/\/)[^@]*@/, '$1').replace(/\?.*$/, '')
}

/**
 * An invalid address that is safe to show: without login and query, or nothing where these cannot
 * be separated from the rest.
 */
export function withoutRedisLogin(text: string): string {
  const shown = text.replace(/^([a-z+]*:\/\/)?.*@/is, '$1(hidden)@').replace(/\?.*$/s, '?(hidden)')
  return SHOWABLE.test(shown) ? shown : '(hidden)'
}

const SHOWABLE =
  /^[a-z+]+:\/\/(\(hidden\)@)?([a-z0-9_.-]*|\[[0-9a-f:.]+\])(:\d+)?(,[a-z0-9_.-]*(:\d+)?)*(\/[\w.-]{0,32}){0,3}(\?\(hidden\))?$/i
