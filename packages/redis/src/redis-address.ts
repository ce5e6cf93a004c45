/** How the Redis of `REDIS_URL` is made up: one server, a primary that Sentinels name, or shards. */
export type RedisTopology = 'single' | 'sentinel' | 'cluster'

export type RedisHost = { host: string; port: number }

export type RedisAddress = {
  topology: RedisTopology
  /** Between us and all servers, Sentinels too. */
  isEncrypted: boolean
  /** The server; the Sentinels; some nodes of the cluster, which name the others. At least one. */
  hosts: RedisHost[]
  username?: string
  password?: string
  database: number
  /** By which the Sentinels know the primary. */
  primaryName?: string
  sentinelUsername?: string
  sentinelPassword?: string
}

const FORM =
  /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/i

/**
 * Reads `redis://host:6379/0`, `redis+sentinel://host:26379,host:26379/name/0` or `redis+cluster://host:6379,host:6379`; `rediss…` is with TLS.
 * Before the hosts `user:password@`, percent-encoded; for Sentinels of their own `?sentinel_username=…&sentinel_password=…`.
 *
 * @throws TypeError without the address in it, as that may hold a password
 */
export function parseRedisAddress(url: string): RedisAddress {
  const { tls, kind, login = '', hosts = '', path = '', query = '' } = FORM.exec(url)?.groups ?? {}
  if (hosts === '') throw new TypeError('this is no address of a Redis')
  const topology = (kind?.toLowerCase() ?? 'single') as RedisTopology
  const [user = '', ...password] = login.split(':')
  const [first = '', second = ''] = path.split('/')
  const database = Number(topology === 'sentinel' ? second : first)
  const queried = new URLSearchParams(query)
  return {
    topology,
    isEncrypted: tls !== undefined,
    hosts: hosts.split(',').map((host) => parseHost(host, topology === 'sentinel' ? 26379 : 6379)),
    database: Number.isInteger(database) ? database : 0,
    ...present('username', decodeURIComponent(user)),
    ...present('password', decodeURIComponent(password.join(':'))),
    ...(topology === 'sentinel' && { primaryName: decodeURIComponent(first) }),
    ...present('sentinelUsername', queried.get('sentinel_username')),
    ...present('sentinelPassword', queried.get('sentinel_password')),
  }
}

/** `host`, `host:port`, `[::1]:port`. */
function parseHost(text: string, usualPort: number): RedisHost {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw new TypeError('this is no address of a Redis')
  return { host, port: Number(port ?? usualPort) }
}

function present<Name extends string>(name: Name, value: string | null): { [Key in Name]?: string } {
  return (value ? { [name]: value } : {}) as { [Key in Name]?: string }
}

/** Scheme, hosts, name of the primary and database of a Redis address; users and passwords are left out. Never throws. */
export function redactRedisUrl(url: string): string {
  const { tls = '', kind, hosts, path } = FORM.exec(url)?.groups ?? {}
  if (hosts === undefined) return 'an address that cannot be read'
  return `redis${tls}${kind === undefined ? '' : `+${kind}`}://${hosts}${path ? `/${path}` : ''}`
}
