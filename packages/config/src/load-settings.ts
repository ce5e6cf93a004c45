import { availableParallelism } from 'node:os'
import type { z } from 'zod'
import { combineSources } from './combine-sources.ts'
import type { FileChannel } from './file-channels.ts'
import { type FileGuides, NO_FILE_GUIDES } from './file-guides.ts'
import { warnOfNearNames } from './near-names.ts'
import type { Source } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { type ReadFile, readTextFile } from './read-file.ts'
import { SETTINGS, type SettingName } from './settings.ts'
import { type SettingProblem, SettingsError } from './settings-error.ts'
import { type ShownSetting, showSettings } from './show-settings.ts'
import { parseUsersFile } from './users/parse-users-file.ts'
import type { User } from './users/user.ts'

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Tail>>}`
  : Lowercase<Name>

type Table = typeof SETTINGS
type UnitOf<Name extends SettingName> = Table[Name] extends { readonly unit?: infer Unit extends string } ? Unit : ''
type Unset<Name extends SettingName> = Table[Name]['default'] extends string
  ? never
  : Table[Name] extends { readonly whenUnset?: () => infer Value }
    ? Value
    : undefined
type ValueOf<Name extends SettingName> = z.infer<Table[Name]['schema']> | Unset<Name>

/**
 * The settings as the table has them: `MAX_BUFFER_SIZE` is `maxBufferSizeBytes`, `DRAIN_MAX` is
 * `drainMaxMs`.
 */
type FromTable = { readonly [Name in SettingName as `${Camel<Name>}${UnitOf<Name>}`]: ValueOf<Name> }

/**
 * The settings of a process, read once when it starts. Frozen; the meaning of each is in
 * `docs/settings.md`.
 */
export type Settings = Omit<FromTable, 'sources' | 'redisUrl' | 'relayRedisUrl'> & {
  /**
   * Of SOURCES and SOURCES_FILE, in order of preference, at the start; see `createSourceBook` for
   * later changes.
   */
  readonly sources: readonly Source[]
  readonly sourcesInEnvironment: readonly Source[]
  /** The guides of SOURCES_FILE at the start; see `createSourceBook` for later changes. */
  readonly fileGuides: FileGuides
  /** What SOURCES_FILE wants to be different about channels. */
  readonly fileChannels: readonly FileChannel[]
  /**
   * Of USERS_FILE at the start, `undefined` without one; see `createUserBook` for later changes.
   */
  readonly users: readonly User[] | undefined
  readonly redisUrl: string
  readonly relayRedisUrl: string
  /** For the log at the start: likely typos, duplicate sources. Without secrets. */
  readonly warnings: readonly string[]
  /** For people: what was set, without secrets. */
  readonly shown: readonly ShownSetting[]
}

export type Environment = Readonly<Record<string, string | undefined>>

type Parsed = { readonly [Name in SettingName]: z.infer<Table[Name]['schema']> | undefined }

/**
 * Reads and checks all settings. An empty variable counts as unset where unset is allowed, and is
 * refused where a value is needed.
 *
 * @throws SettingsError which names every wrong setting, its value and what is allowed
 */
export function loadSettings(environment: Environment, readFile: ReadFile = readTextFile): Settings {
  const problems: SettingProblem[] = []
  const parsed = Object.fromEntries(
    settingNames().map((name) => [name, parseSetting(name, environment, problems)]),
  ) as Parsed
  problems.push(...findContradictions(parsed))
  const adminPassword = parsed.ADMIN_PASSWORD ?? readPassword(parsed.ADMIN_PASSWORD_FILE, readFile, problems)
  const webhooks = parsed.WEBHOOKS ?? readWebhooks(parsed.WEBHOOKS_FILE, readFile, problems)
  const inFile = parsed.SOURCES_FILE === undefined ? undefined : parseSourcesFile(readFile(parsed.SOURCES_FILE))
  const ofUsers = parsed.USERS_FILE === undefined ? undefined : parseUsersFile(readFile(parsed.USERS_FILE))
  for (const [variable, found] of [['SOURCES_FILE', inFile] as const, ['USERS_FILE', ofUsers] as const]) {
    for (const { line, message } of found?.problems ?? [])
      problems.push({ variable, value: parsed[variable] ?? '', allowed: `line ${line}: ${message}` })
  }
  if (problems.length > 0) throw new SettingsError(problems)
  const { sources, warnings } = combineSources([...(parsed.SOURCES?.sources ?? []), ...(inFile?.sources ?? [])])
  const nearNames = warnOfNearNames(Object.keys(environment), settingNames())
  return freeze(
    toSettings(parsed, {
      sources,
      fileGuides: inFile?.guides ?? NO_FILE_GUIDES,
      fileChannels: inFile?.channels ?? [],
      users: ofUsers?.users,
      adminPassword,
      webhooks,
      warnings: [...warnings, ...nearNames],
      shown: showSettings(environment),
    }),
  )
}

/**
 * ADMIN_PORT alone: a program that asks an edge on this machine needs no other setting.
 *
 * @throws SettingsError
 */
export function loadAdminPort(environment: Environment): number {
  const problems: SettingProblem[] = []
  const port = parseSetting('ADMIN_PORT', environment, problems)
  if (problems.length > 0) throw new SettingsError(problems)
  return port as number
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

function readPassword(
  file: string | undefined,
  readFile: ReadFile,
  problems: SettingProblem[],
): Settings['adminPassword'] {
  if (file === undefined) return undefined
  const found = readFile(file)
  const { data } = 'problem' in found ? {} : SETTINGS.ADMIN_PASSWORD.schema.safeParse(found.text)
  const allowed = 'problem' in found ? found.problem : 'must hold a password of 1 to 256 characters, on one line'
  if (data === undefined) problems.push({ variable: 'ADMIN_PASSWORD_FILE', value: file, allowed })
  return data
}

function readWebhooks(file: string | undefined, readFile: ReadFile, problems: SettingProblem[]): Settings['webhooks'] {
  if (file === undefined) return []
  const found = readFile(file)
  const { data } = 'problem' in found ? {} : SETTINGS.WEBHOOKS.schema.safeParse(found.text)
  const allowed = 'problem' in found ? found.problem : 'must hold addresses of webhooks, one on each line'
  if (data === undefined) problems.push({ variable: 'WEBHOOKS_FILE', value: file, allowed })
  return data ?? []
}

function explain(name: SettingName, message: string): string {
  return name === 'SOURCES' ? message : `must be ${message}`
}

/** Values that are valid on their own but not together. */
function findContradictions(parsed: Parsed): SettingProblem[] {
  const problems: SettingProblem[] = []
  const refuse = (variable: SettingName, value: unknown, allowed: string) =>
    problems.push({ variable, value: String(value), allowed })
  if (parsed.ADMIN_PASSWORD !== undefined && parsed.ADMIN_PASSWORD_FILE !== undefined) {
    refuse('ADMIN_PASSWORD_FILE', parsed.ADMIN_PASSWORD_FILE, 'cannot be set together with ADMIN_PASSWORD')
  }
  if (parsed.WEBHOOKS !== undefined && parsed.WEBHOOKS_FILE !== undefined) {
    refuse('WEBHOOKS_FILE', parsed.WEBHOOKS_FILE, 'cannot be set together with WEBHOOKS')
  }
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
    refuse('ADMIN_PORT', adminPort, 'must differ from PORT')
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
    refuse('INTERNAL_PORT', internalPort, 'must leave the admin ports free: each of the EDGE_PROCESSES has one of each')
  } else if (lastInternalPort > 65_535) {
    refuse('INTERNAL_PORT', internalPort, 'is too high: each of the EDGE_PROCESSES has one')
  }
  return problems
}

/** What is not, or not only, a value of the table. */
type Found = Pick<
  Settings,
  'sources' | 'fileGuides' | 'fileChannels' | 'users' | 'adminPassword' | 'webhooks' | 'warnings' | 'shown'
>

function toSettings(parsed: Parsed, { warnings, ...found }: Found): Settings {
  const fromTable = Object.fromEntries(settingNames().map((name) => [settingKey(name), settingValue(name, parsed)]))
  const redisUrl = needed(parsed.REDIS_URL)
  return {
    ...(fromTable as FromTable),
    ...found,
    sourcesInEnvironment: parsed.SOURCES?.sources ?? [],
    redisUrl,
    relayRedisUrl: parsed.RELAY_REDIS_URL ?? redisUrl,
    warnings: [...(parsed.SOURCES?.warnings ?? []), ...warnings],
  }
}

/** The name of a setting in `Settings`. */
function settingKey(name: SettingName): string {
  const [first = '', ...others] = name.toLowerCase().split('_')
  const unit = SETTINGS[name].unit ?? ''
  return first + others.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('') + unit
}

function settingValue(name: SettingName, parsed: Parsed): unknown {
  return parsed[name] ?? SETTINGS[name].whenUnset?.()
}

/** A setting with a default always has a value once there are no problems. */
function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a setting without a value passed the check')
  return value
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
