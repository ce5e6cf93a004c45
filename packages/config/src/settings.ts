import { hostname } from 'node:os'
import { withoutRedisLogin } from '@kptv/addresses'
import type { z } from 'zod'
import {
  attributeName,
  bitRate,
  type ClusterTimes,
  clusterName,
  clusterTimes,
  duration,
  filePath,
  headerText,
  host,
  hostList,
  networks,
  nodeName,
  oneOf,
  percent,
  programPath,
  publicAddress,
  redisAddress,
  size,
  sourceList,
  wholeNumber,
  wholeNumberOrAuto,
  wordList,
  yesOrNo,
} from './value-schemas.ts'

type Unit = 'Ms' | 'Bytes' | ''

type Definition<Schema extends z.ZodType, Default extends string | undefined, WhenUnset, Suffix extends Unit> = {
  readonly schema: Schema
  /** As it would be written in the environment; `undefined`: unset. */
  readonly default: Default
  /** Value of a setting that is unset, where that is not `undefined`. */
  readonly whenUnset?: () => WhenUnset
  /** Behind the name in `Settings`. */
  readonly unit?: Suffix
  readonly example: string
  /** One sentence for `docs/settings.md`. */
  readonly meaning: string
  /** The value holds credentials and is never shown. */
  readonly secret?: boolean
  /** What may be shown of a secret value that is wrong. */
  readonly shown?: (text: string) => string
}

function setting<
  Schema extends z.ZodType,
  const Default extends string | undefined,
  WhenUnset = undefined,
  const Suffix extends Unit = '',
>(definition: Definition<Schema, Default, WhenUnset, Suffix>): Definition<Schema, Default, WhenUnset, Suffix> {
  return definition
}

/**
 * Every setting there is, by the name of its environment variable. The order is that of the
 * documentation.
 */
export const SETTINGS = {
  PORT: setting({
    schema: wholeNumber(1, 65_535),
    default: '8080',
    example: '80',
    meaning: 'Public port: playlist, channels, the page for people.',
  }),
  BASE_URL: setting({
    schema: publicAddress(),
    default: undefined,
    example: 'https://tv.example.com',
    meaning: 'Address that the links in the playlist start with; unset: the host that the request came to.',
  }),
  SOURCES: setting({
    schema: sourceList(),
    default: undefined,
    example: 'http://one.example/list.m3u|2,http://two.example/get.php?username=u&password=p|1',
    meaning:
      'Playlists in order of preference, each with the number of connections that its provider allows: `URL|MAX,URL|MAX`; a missing limit is 1, `unlimited` is spelled out, the older `URL:MAX` works after a path.',
    secret: true,
  }),
  SOURCES_FILE: setting({
    schema: filePath(),
    default: undefined,
    example: '/etc/kptv/sources.yaml',
    meaning: 'YAML file with more sources, or with more to say about each, see below; read again when it changes.',
  }),
  MAX_BUFFER_SIZE: setting({
    schema: size('64KB', '1024GB'),
    unit: 'Bytes',
    default: '10MB',
    example: '256MB',
    meaning: 'Memory for the rings of all channels of a node together.',
  }),
  BUFFER_SIZE_PER_STREAM: setting({
    schema: size('64KB', '4GB'),
    unit: 'Bytes',
    default: '1MB',
    example: '8MB',
    meaning: 'Memory for the ring of one channel; a join point must fit in, so high bit rates need more.',
  }),
  MIN_DATA_SIZE: setting({
    schema: size('1', '16MB'),
    unit: 'Bytes',
    default: '1KB',
    example: '188',
    meaning: 'Media that must have arrived before a stream counts as started.',
  }),
  CACHE_ENABLED: setting({
    schema: yesOrNo(),
    default: 'true',
    example: 'false',
    meaning: 'Whether an edge keeps finished playlists in memory: up to 64 of them, of 64 MB together, compressed.',
  }),
  CACHE_DURATION: setting({
    schema: duration('0', '24h'),
    unit: 'Ms',
    default: '5m',
    example: '30s',
    meaning: 'How long a finished playlist is kept; `0` is off.',
  }),
  IMPORT_REFRESH_INTERVAL: setting({
    schema: duration('10s', '168h'),
    unit: 'Ms',
    default: '30m',
    example: '12h',
    meaning: 'Time from one import of a source to the next.',
  }),
  IMPORT_MIN_KEEP: setting({
    schema: percent(),
    default: '50%',
    example: '80%',
    meaning:
      'Share of the entries of its last good list that a new list must have; with fewer it is put aside and an alarm is raised. `0%` is off.',
  }),
  IMPORT_MIN_KEEP_GROUPS: setting({
    schema: percent(),
    default: '50%',
    example: '20%',
    meaning:
      'Share of the groups of the last good list, each as heavy as its entries, that a new list must still have. `0%` is off.',
  }),
  MAX_RETRIES: setting({
    schema: wholeNumber(1, 100),
    default: '3',
    example: '5',
    meaning: 'Attempts on one stream before it is given up for this playback.',
  }),
  MAX_FAILURES_BEFORE_BLOCK: setting({
    schema: wholeNumber(1, 10_000),
    default: '10',
    example: '3',
    meaning: 'Failures after which a stream rests, on all nodes.',
  }),
  RETRY_DELAY: setting({
    schema: duration('10ms', '10m'),
    unit: 'Ms',
    default: '5s',
    example: '2s',
    meaning: 'Pause after all streams of a channel failed once; doubled each round.',
  }),
  WORKER_THREADS: setting({
    schema: wholeNumber(1, 100),
    default: '10',
    example: '2',
    meaning: 'Imports at once in one worker.',
  }),
  ENABLE_RESTREAMING: setting({
    schema: yesOrNo(),
    default: 'true',
    example: 'false',
    meaning: 'Whether viewers share the connection of a channel; `false`: each viewer has its own connection and slot.',
  }),
  HIDE_UNPLAYABLE: setting({
    schema: yesOrNo(),
    default: 'true',
    example: 'false',
    meaning:
      'Whether entries whose lines say that nothing here can play them (DRM, DASH) are left out of the playlist, and counted with the reason.',
  }),
  USER_AGENT: setting({
    schema: headerText(),
    default: 'kptv-proxy/1.0',
    example: 'VLC/3.0.20 LibVLC/3.0.20',
    meaning: '`User-Agent` of requests to sources.',
  }),
  REQ_ORIGIN: setting({
    schema: headerText(),
    default: undefined,
    example: 'https://player.example',
    meaning: '`Origin` of requests to sources.',
  }),
  REQ_REFERRER: setting({
    schema: headerText(),
    default: undefined,
    example: 'https://player.example/',
    meaning: '`Referer` of requests to sources.',
  }),
  HEALTH_CHECK_TIMEOUT: setting({
    schema: duration('100ms', '10m'),
    unit: 'Ms',
    default: '30s',
    example: '10s',
    meaning: 'Time that a source has to answer a request.',
  }),
  HLS_MAX_BANDWIDTH: setting({
    schema: bitRate(),
    default: undefined,
    example: '6M',
    meaning: 'Of an HLS stream with several qualities, the best up to so many bits per second; unset: the best.',
  }),
  HLS_MAX_HEIGHT: setting({
    schema: wholeNumber(100, 10_000),
    default: undefined,
    example: '1080',
    meaning: 'The same by lines of the video. If all are above a limit, the smallest is taken.',
  }),
  FFMPEG: setting({
    schema: programPath(),
    default: 'auto',
    example: '/usr/bin/ffmpeg',
    meaning:
      'The program that HLS of fragmented MP4, HLS with audio in other playlists, radio, FLV, `rtsp` and `rtmp` need: `auto` takes it from `PATH` if it is there, `off` does without; such streams are then refused.',
  }),
  SORT_FIELD: setting({
    schema: attributeName(),
    default: 'tvg-name',
    example: 'tvg-chno',
    meaning: 'Attribute by which channels, and the streams of one source, are sorted; `name` is the name shown.',
  }),
  SORT_DIRECTION: setting({
    schema: oneOf(['asc', 'desc']),
    default: 'asc',
    example: 'desc',
    meaning: 'Direction of that order.',
  }),
  GROUP_STRIP_TAGS: setting({
    schema: wordList(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: 'HD,FHD,UHD,4K',
    meaning:
      'Words that do not tell channels apart: with `HD`, the names `TBS HD`, `[HD] TBS` and `TBS` are one channel; unset: none. Edge and worker need the same.',
  }),
  REMOVED_CHANNEL_GRACE: setting({
    schema: duration('0', '720h'),
    unit: 'Ms',
    default: '24h',
    example: '72h',
    meaning: 'How long a channel that has left all lists can still be played by its id; it is not in the playlist.',
  }),
  DEBUG: setting({
    schema: yesOrNo(),
    default: 'false',
    example: 'true',
    meaning: 'Whether the log also tells of requests, parsing, failover, cache and connections.',
  }),
  REDIS_URL: setting({
    schema: redisAddress(),
    default: undefined,
    example: 'redis://redis:6379',
    meaning:
      'The Redis that all nodes share: one server, one behind Sentinels, or a cluster, see below; needed by edge and worker, while `npm start` brings its own where it is unset.',
    secret: true,
    shown: withoutRedisLogin,
  }),
  RELAY_REDIS_URL: setting({
    schema: redisAddress(),
    default: undefined,
    example: 'redis+cluster://relay-1:6379,relay-2:6379',
    meaning: 'The Redis that carries media between nodes, of any kind as `REDIS_URL`; unset: the same.',
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
      'Edge processes of this machine that share `PORT` (Linux; elsewhere there is one); `auto` is one per processor. Each is a node of its own with its own rings: the second is called `NODE_ID#2`.',
  }),
  INACTIVE_TIMEOUT: setting({
    schema: duration('0', '1h'),
    unit: 'Ms',
    default: '10s',
    example: '30s',
    meaning: 'How long a channel without viewers keeps its connection.',
  }),
  SLATE: setting({
    schema: yesOrNo(),
    default: 'off',
    example: 'on',
    meaning:
      'Whether viewers of a channel whose streams all fail are kept, with its last frame, until one is back; `off`: their response ends after the last round.',
  }),
  DRAIN_MAX: setting({
    schema: duration('0', '24h'),
    unit: 'Ms',
    default: '30s',
    example: '2h',
    meaning: 'How long viewers may stay after the order to stop.',
  }),
  CLUSTER: setting({
    schema: clusterName(),
    default: undefined,
    example: 'living-room',
    meaning:
      'Name of this cluster, the same for every worker and edge; unset: the number of the database in `REDIS_URL`. It stands in every key and pub/sub channel, so clusters with different names can share one Redis.',
  }),
  CLUSTER_TIMES: setting({
    schema: clusterTimes(),
    default: undefined,
    whenUnset: (): ClusterTimes => ({}),
    example: 'deadline=2s,killAfter=5s,lease=6s,warmUp=7s',
    meaning:
      'Times of the protocol between nodes that differ from the defaults, the same for every edge; what does not fit together stops the start. See below.',
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
    meaning: 'Address that the admin port listens on; it asks for no password, so keep it private.',
  }),
  ADMIN_HOSTS: setting({
    schema: hostList(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: 'kptv-proxy,tv-box.lan',
    meaning: 'Names that the admin port answers to, besides IP addresses and `localhost`.',
  }),
  INTERNAL_HOST: setting({
    schema: host(),
    default: undefined,
    example: '10.0.0.5',
    meaning:
      'Address at which other edges request what this one holds when it cannot reach Redis; unset: the one by which it reaches Redis.',
  }),
  INTERNAL_PORT: setting({
    schema: wholeNumber(0, 65_535),
    default: '0',
    example: '9190',
    meaning:
      'Port for that, `0` is any free one; with several `EDGE_PROCESSES` the second has the next port, and so on.',
  }),
  TRUSTED_PROXIES: setting({
    schema: networks(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: '172.16.0.0/12,10.0.0.5',
    meaning:
      'Networks of the reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded`, are believed; those of all others are ignored.',
  }),
  ALLOW_PRIVATE: setting({
    schema: networks(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: '192.168.1.0/24,fd00::/8',
    meaning: "Private networks that entries of playlists may point to; a source's own host is always allowed.",
  }),
} as const

export type SettingName = keyof typeof SETTINGS

function machineName(): string {
  return (
    hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 64) || 'node'
  )
}
