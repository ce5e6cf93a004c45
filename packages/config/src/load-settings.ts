import { availableParallelism, hostname } from 'node:os'
import type { z } from 'zod'
import { combineSources } from './combine-sources.ts'
import { warnOfNearNames } from './near-names.ts'
import type { Source } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { type ReadSourcesFile, readSourcesFile } from './read-sources-file.ts'
import { SETTINGS, type SettingName } from './settings.ts'
import { type SettingProblem, SettingsError } from './settings-error.ts'
import type { ClusterTimes } from './value-schemas.ts'

/** What a process needs to know, read once at its start. Frozen; the meaning of each is in `docs/settings.md`. */
export type Settings = {
  readonly port: number
  /** Without a slash at the end; `undefined`: take the host of the request. */
  readonly baseUrl: string | undefined
  /** Of SOURCES and SOURCES_FILE, in order of preference, as they were at the start; see `createSourceBook` for later. */
  readonly sources: readonly Source[]
  readonly sourcesInEnvironment: readonly Source[]
  readonly sourcesFile: string | undefined
  readonly maxBufferSizeBytes: number
  readonly bufferSizePerStreamBytes: number
  readonly minDataSizeBytes: number
  readonly cacheEnabled: boolean
  readonly cacheDurationMs: number
  readonly importRefreshIntervalMs: number
  /** Least share of the last good list's entries that a new list must have. */
  readonly importMinKeep: number
  /** The same for its groups, each as heavy as its entries. */
  readonly importMinKeepGroups: number
  readonly maxRetries: number
  readonly maxFailuresBeforeBlock: number
  readonly retryDelayMs: number
  readonly workerThreads: number
  readonly enableRestreaming: boolean
  readonly userAgent: string
  readonly reqOrigin: string | undefined
  readonly reqReferrer: string | undefined
  readonly healthCheckTimeoutMs: number
  /** Bits per second. */
  readonly hlsMaxBandwidth: number | undefined
  /** Lines of the picture. */
  readonly hlsMaxHeight: number | undefined
  /** `auto`, `off` or a path. */
  readonly ffmpeg: string
  readonly sortField: string
  readonly sortDirection: 'asc' | 'desc'
  /** As written. */
  readonly groupStripTags: readonly string[]
  readonly removedChannelGraceMs: number
  readonly debug: boolean
  readonly redisUrl: string
  readonly relayRedisUrl: string
  readonly nodeId: string
  readonly edgeProcesses: number | 'auto'
  readonly inactiveTimeoutMs: number
  readonly slate: boolean
  readonly drainMaxMs: number
  /** `undefined`: named by the number of the database. */
  readonly cluster: string | undefined
  readonly clusterTimes: ClusterTimes
  readonly adminPort: number
  readonly adminHost: string
  readonly adminHosts: readonly string[]
  readonly internalHost: string | undefined
  /** 0: any that is free. */
  readonly internalPort: number
  /** CIDR notation. */
  readonly trustedProxies: readonly string[]
  /** CIDR notation. */
  readonly allowPrivate: readonly string[]
  /** To be logged at the start: likely typos, duplicate sources. Without secrets. */
  readonly warnings: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

type Parsed = { readonly [Name in SettingName]: z.infer<(typeof SETTINGS)[Name]['schema']> | undefined }

/**
 * Reads and checks all settings. An empty variable counts as unset where unset is allowed, and is refused where a value is needed.
 *
 * @throws SettingsError which names every wrong setting, its value and what is allowed
 */
export function loadSettings(environment: Environment, readFile: ReadSourcesFile = readSourcesFile): Settings {
  const problems: SettingProblem[] = []
  const parsed = Object.fromEntries(
    settingNames().map((name) => [name, parseSetting(name, environment, problems)]),
  ) as Parsed
  problems.push(...findContradictions(parsed))
  const inFile = parsed.SOURCES_FILE === undefined ? undefined : parseSourcesFile(readFile(parsed.SOURCES_FILE))
  for (const { line, message } of inFile?.problems ?? []) {
    problems.push({ variable: 'SOURCES_FILE', value: parsed.SOURCES_FILE ?? '', allowed: `line ${line}: ${message}` })
  }
  if (problems.length > 0) throw new SettingsError(problems)
  const { sources, warnings } = combineSources([...(parsed.SOURCES?.sources ?? []), ...(inFile?.sources ?? [])])
  const nearNames = warnOfNearNames(Object.keys(environment), settingNames())
  return freeze({ ...toSettings(parsed, [...warnings, ...nearNames]), sources })
}

export function settingNames(): SettingName[] {
  return Object.keys(SETTINGS) as SettingName[]
}

function parseSetting(name: SettingName, environment: Environment, problems: SettingProblem[]): unknown {
  const definition = SETTINGS[name]
  const { schema, default: fallback } = definition
  const show = 'shown' in definition ? definition.shown : 'secret' in definition ? () => '(hidden)' : printable
  const given = environment[name]
  const text = given === undefined || (given === '' && fallback === undefined) ? fallback : given
  if (text === undefined) {
    if (name === 'REDIS_URL')
      problems.push({ variable: name, value: '', allowed: 'is not set; give for example redis://host:6379' })
    return undefined
  }
  const result = schema.safeParse(text)
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    problems.push({
      variable: name,
      value: show(text),
      allowed: explain(name, issue.message),
    })
  }
  return undefined
}

function explain(name: SettingName, message: string): string {
  return name === 'SOURCES' ? message : `must be ${message}`
}

/** Values that are fine alone but not together. */
function findContradictions(parsed: Parsed): SettingProblem[] {
  const problems: SettingProblem[] = []
  const refuse = (variable: SettingName, value: unknown, allowed: string) =>
    problems.push({ variable, value: String(value), allowed })
  const { MAX_BUFFER_SIZE: all, BUFFER_SIZE_PER_STREAM: one, MIN_DATA_SIZE: least } = parsed
  if (all !== undefined && one !== undefined && one > all) {
    refuse('BUFFER_SIZE_PER_STREAM', one, `must not be larger than MAX_BUFFER_SIZE (${all} bytes)`)
  }
  if (one !== undefined && least !== undefined && least > one) {
    refuse('MIN_DATA_SIZE', least, `must not be larger than BUFFER_SIZE_PER_STREAM (${one} bytes)`)
  }
  const { PORT: port, ADMIN_PORT: adminPort, INTERNAL_PORT: internalPort, EDGE_PROCESSES: processes } = parsed
  if (port === undefined || adminPort === undefined || processes === undefined) return problems
  const count = processes === 'auto' ? availableParallelism() : processes
  const lastAdminPort = adminPort + count - 1
  if (port === adminPort) {
    refuse('ADMIN_PORT', adminPort, 'must be another port than PORT')
  } else if (port > adminPort && port <= lastAdminPort) {
    refuse('ADMIN_PORT', adminPort, `must leave PORT free: each of the EDGE_PROCESSES has one, up to ${lastAdminPort}`)
  } else if (lastAdminPort > 65_535) {
    refuse('ADMIN_PORT', adminPort, 'is too high: each of the EDGE_PROCESSES has one')
  }
  if (!internalPort) return problems
  const lastInternalPort = internalPort + count - 1
  if (port >= internalPort && port <= lastInternalPort) {
    refuse('INTERNAL_PORT', internalPort, 'must leave PORT free: each of the EDGE_PROCESSES has one')
  } else if (adminPort <= lastInternalPort && internalPort <= lastAdminPort) {
    refuse('INTERNAL_PORT', internalPort, 'must leave the admin ports free: each of the EDGE_PROCESSES has one of both')
  } else if (lastInternalPort > 65_535) {
    refuse('INTERNAL_PORT', internalPort, 'is too high: each of the EDGE_PROCESSES has one')
  }
  return problems
}

function toSettings(parsed: Parsed, warnings: readonly string[]): Omit<Settings, 'sources'> {
  const redisUrl = needed(parsed.REDIS_URL)
  return {
    port: needed(parsed.PORT),
    baseUrl: parsed.BASE_URL,
    sourcesInEnvironment: parsed.SOURCES?.sources ?? [],
    sourcesFile: parsed.SOURCES_FILE,
    maxBufferSizeBytes: needed(parsed.MAX_BUFFER_SIZE),
    bufferSizePerStreamBytes: needed(parsed.BUFFER_SIZE_PER_STREAM),
    minDataSizeBytes: needed(parsed.MIN_DATA_SIZE),
    cacheEnabled: needed(parsed.CACHE_ENABLED),
    cacheDurationMs: needed(parsed.CACHE_DURATION),
    importRefreshIntervalMs: needed(parsed.IMPORT_REFRESH_INTERVAL),
    importMinKeep: needed(parsed.IMPORT_MIN_KEEP),
    importMinKeepGroups: needed(parsed.IMPORT_MIN_KEEP_GROUPS),
    maxRetries: needed(parsed.MAX_RETRIES),
    maxFailuresBeforeBlock: needed(parsed.MAX_FAILURES_BEFORE_BLOCK),
    retryDelayMs: needed(parsed.RETRY_DELAY),
    workerThreads: needed(parsed.WORKER_THREADS),
    enableRestreaming: needed(parsed.ENABLE_RESTREAMING),
    userAgent: needed(parsed.USER_AGENT),
    reqOrigin: parsed.REQ_ORIGIN,
    reqReferrer: parsed.REQ_REFERRER,
    healthCheckTimeoutMs: needed(parsed.HEALTH_CHECK_TIMEOUT),
    hlsMaxBandwidth: parsed.HLS_MAX_BANDWIDTH,
    hlsMaxHeight: parsed.HLS_MAX_HEIGHT,
    ffmpeg: needed(parsed.FFMPEG),
    sortField: needed(parsed.SORT_FIELD),
    sortDirection: needed(parsed.SORT_DIRECTION),
    groupStripTags: parsed.GROUP_STRIP_TAGS ?? [],
    removedChannelGraceMs: needed(parsed.REMOVED_CHANNEL_GRACE),
    debug: needed(parsed.DEBUG),
    redisUrl,
    relayRedisUrl: parsed.RELAY_REDIS_URL ?? redisUrl,
    nodeId: parsed.NODE_ID ?? machineName(),
    edgeProcesses: needed(parsed.EDGE_PROCESSES),
    inactiveTimeoutMs: needed(parsed.INACTIVE_TIMEOUT),
    slate: needed(parsed.SLATE),
    drainMaxMs: needed(parsed.DRAIN_MAX),
    cluster: parsed.CLUSTER,
    clusterTimes: parsed.CLUSTER_TIMES ?? {},
    adminPort: needed(parsed.ADMIN_PORT),
    adminHost: needed(parsed.ADMIN_HOST),
    adminHosts: parsed.ADMIN_HOSTS ?? [],
    internalHost: parsed.INTERNAL_HOST,
    internalPort: needed(parsed.INTERNAL_PORT),
    trustedProxies: parsed.TRUSTED_PROXIES ?? [],
    allowPrivate: parsed.ALLOW_PRIVATE ?? [],
    warnings: [...(parsed.SOURCES?.warnings ?? []), ...warnings],
  }
}

/** A setting with a default always has a value once there are no problems. */
function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a setting without a value got past the check')
  return value
}

function machineName(): string {
  return (
    hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 64) || 'node'
  )
}

function printable(text: string): string {
  const short = text.replace(/\/\/[^/@]*@/g, '//(hidden)@').slice(0, 80)
  return /^[\x21-\x7e]+$/.test(short) ? short : JSON.stringify(short)
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
