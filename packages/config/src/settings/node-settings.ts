import { hostname } from 'node:os'
import { withoutRedisLogin } from '@kptv/addresses'
import {
  type ClusterTimes,
  clusterName,
  clusterTimes,
  duration,
  filePath,
  host,
  hostList,
  networks,
  nodeName,
  password,
  publicAddress,
  redisAddress,
  size,
  wholeNumber,
  wholeNumberOrAuto,
  yesOrNo,
} from '../value-schemas.ts'
import { setting } from './setting.ts'

/** One node: its ports, its processes, its place in the cluster. */
export const NODE_SETTINGS = {
  PORT: setting({
    schema: wholeNumber(1, 65_535),
    default: '8080',
    example: '80',
    meaning: 'Public port: playlist, channels, page for people.',
  }),
  BASE_URL: setting({
    schema: publicAddress(),
    default: undefined,
    example: 'https://tv.example.com',
    meaning: 'Address that the links in the playlist start with; unset: the host of the request.',
  }),
  CACHE_ENABLED: setting({
    schema: yesOrNo(),
    default: 'true',
    example: 'false',
    meaning: 'Whether an edge keeps rendered playlists in memory, compressed: up to 64 of them, and 64 MB in total.',
  }),
  CACHE_DURATION: setting({
    schema: duration('0', '24h'),
    unit: 'Ms',
    default: '5m',
    example: '30s',
    meaning: 'How long a rendered playlist is kept; `0` is off.',
  }),
  LOGO_CACHE_SIZE: setting({
    schema: size('0', '1024GB'),
    unit: 'Bytes',
    default: '32MB',
    example: '256MB',
    meaning:
      'Room in Redis for logos of channels, shared by all edges; the oldest ones make room. `0` keeps none: each edge then fetches for itself.',
  }),
  HDHOMERUN_DISCOVERY: setting({
    schema: yesOrNo(),
    default: 'false',
    example: 'true',
    meaning:
      'Whether one edge answers programs that search the network for tuners (UDP ports 65001 and 1900). In containers this needs the network of the host.',
  }),
  DEBUG: setting({
    schema: yesOrNo(),
    default: 'false',
    example: 'true',
    meaning: 'Whether the log also reports requests, parsing, failover, cache and connections.',
  }),
  REDIS_URL: setting({
    schema: redisAddress(),
    default: undefined,
    example: 'redis://redis:6379',
    meaning:
      'The Redis that all nodes share: one server, one behind Sentinels, or a Redis Cluster (see below). Edge and worker need it; `npm start` brings its own if it is unset.',
    secret: true,
    shown: withoutRedisLogin,
  }),
  RELAY_REDIS_URL: setting({
    schema: redisAddress(),
    default: undefined,
    example: 'redis+cluster://relay-1:6379,relay-2:6379',
    meaning: 'The Redis that carries media between nodes, of any kind; unset: that of `REDIS_URL`.',
    secret: true,
    shown: withoutRedisLogin,
  }),
  NODE_ID: setting({
    schema: nodeName(),
    default: undefined,
    whenUnset: machineName,
    example: 'edge-1',
    meaning: 'Name of this node in logs and on status pages; unset: the name of the machine.',
  }),
  EDGE_PROCESSES: setting({
    schema: wholeNumberOrAuto(1, 64),
    default: '1',
    example: 'auto',
    meaning:
      'Edge processes of this machine that share `PORT` (Linux only; elsewhere there is one); `auto` is one per processor. Each is a separate node with its own rings: the second is called `NODE_ID#2`.',
  }),
  DRAIN_MAX: setting({
    schema: duration('0', '24h'),
    unit: 'Ms',
    default: '30s',
    example: '2h',
    meaning: 'How long viewers may stay after the node is ordered to stop.',
  }),
  CLUSTER: setting({
    schema: clusterName(),
    default: undefined,
    example: 'living-room',
    meaning:
      'Name of this cluster, the same for every worker and edge; unset: the number of the database in `REDIS_URL`. It is part of every key and pub/sub channel, so clusters with different names can share one Redis.',
  }),
  CLUSTER_TIMES: setting({
    schema: clusterTimes(),
    default: undefined,
    whenUnset: (): ClusterTimes => ({}),
    example: 'deadline=2s,killAfter=5s,lease=6s,warmUp=7s',
    meaning:
      'Times of the protocol between nodes that differ from the defaults, the same for every edge; an unsafe combination stops the start. See below.',
  }),
  ADMIN_PORT: setting({
    schema: wholeNumber(1, 65_535),
    default: '9090',
    example: '9091',
    meaning:
      'Port of `/metrics`, `/status`, `/refresh` and `/sources/…/accept`; with several `EDGE_PROCESSES` the second has the next port, and so on.',
  }),
  ADMIN_HOST: setting({
    schema: host(),
    default: '127.0.0.1',
    example: '0.0.0.0',
    meaning: 'Address that the admin port listens on; it requires no password, so keep it private.',
  }),
  ADMIN_HOSTS: setting({
    schema: hostList(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: 'kptv-proxy,tv-box.lan',
    meaning: 'Names that the admin port answers to, besides IP addresses and `localhost`.',
  }),
  ADMIN_PASSWORD: setting({
    schema: password(),
    default: undefined,
    example: 'correct horse battery staple',
    meaning:
      'Password of the page for operators at `/admin` of the public port, the same on every edge; unset: that page is on the admin port only.',
    secret: true,
  }),
  ADMIN_PASSWORD_FILE: setting({
    schema: filePath(),
    default: undefined,
    example: '/run/secrets/admin_password',
    meaning: 'File that holds the password, instead of `ADMIN_PASSWORD`; read at the start.',
  }),
  INTERNAL_HOST: setting({
    schema: host(),
    default: undefined,
    example: '10.0.0.5',
    meaning:
      'Address at which other edges can ask this one what it still holds when it cannot reach Redis; unset: the address from which it reaches Redis.',
  }),
  INTERNAL_PORT: setting({
    schema: wholeNumber(0, 65_535),
    default: '0',
    example: '9190',
    meaning:
      'Port for these requests, `0` is any free one; with several `EDGE_PROCESSES` the second has the next port, and so on.',
  }),
  TRUSTED_PROXIES: setting({
    schema: networks(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: '172.16.0.0/12,10.0.0.5',
    meaning:
      'Networks of the reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded`, are trusted; those of all others are ignored.',
  }),
} as const

function machineName(): string {
  return (
    hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 64) || 'node'
  )
}
