import { isIP } from 'node:net'
import { isRedisAddress, REDIS_ADDRESS_FORMS } from '@kptv/addresses'
import { z } from 'zod'
import { parseDuration } from './parse-duration.ts'
import { parseSize } from './parse-size.ts'
import { parseSources } from './parse-sources.ts'
import { parseWebhooks } from './webhooks/parse-webhooks.ts'
import { parseQuietHours } from './webhooks/quiet-hours.ts'
import { parseWebhookEvents, WEBHOOK_EVENTS } from './webhooks/webhook-events.ts'

/**
 * One schema per kind of setting: text of the environment in, value out. The error message names
 * what is allowed; it never repeats the value, because some values are secret.
 */
function schemaOf<Value>(allowed: string, parse: (text: string) => Value | undefined) {
  return z.string().transform((text, context): Value => {
    const value = parse(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: allowed })
    return z.NEVER
  })
}

export function wholeNumber(min: number, max: number) {
  return schemaOf(`a whole number from ${min} to ${max}`, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  })
}

export function wholeNumberOrAuto(min: number, max: number) {
  const number = wholeNumber(min, max)
  return schemaOf<number | 'auto'>(`a whole number from ${min} to ${max}, or auto`, (text) =>
    text.toLowerCase() === 'auto' ? 'auto' : number.safeParse(text).data,
  )
}

export function yesOrNo() {
  return schemaOf('true or false (also yes, no, on, off, 1, 0)', (text) => {
    if (/^(true|yes|on|1)$/i.test(text)) return true
    return /^(false|no|off|0)$/i.test(text) ? false : undefined
  })
}

/** The bounds are given and shown as people write them. */
export function duration(min: string, max: string) {
  return schemaOf(`a duration from ${min} to ${max}, such as 500ms, 5s, 30m or 1h`, (text) =>
    within(parseDuration(text), parseDuration(min), parseDuration(max)),
  )
}

export function size(min: string, max: string) {
  return schemaOf(`a size from ${min} to ${max}, in bytes or such as 64KB or 10MB`, (text) =>
    within(parseSize(text), parseSize(min), parseSize(max)),
  )
}

/** The bit rate of a stream, in bits per second. */
export function bitRate() {
  return schemaOf('bits per second from 64000 to 1000000000, also such as 800k or 8M', (text) => {
    const [, digits, unit = ''] = /^(\d{1,10}(?:\.\d{1,3})?)([km]?)$/i.exec(text) ?? []
    const factor = { '': 1, k: 1_000, m: 1_000_000 }[unit.toLowerCase()]!
    return within(digits === undefined ? undefined : Math.round(Number(digits) * factor), 64_000, 1_000_000_000)
  })
}

/** A password of a person; a line break at its end is that of its file. */
export function password() {
  return schemaOf('1 to 256 characters, without control characters', (text) => {
    const value = text.replace(/\r?\n$/, '')
    return /^[^\p{Cc}]{1,256}$/u.test(value) ? value : undefined
  })
}

/** The path of a program, or whether to search for it. */
export function programPath() {
  return schemaOf('auto, off, or an absolute path', (text) => {
    if (/^(auto|off)$/i.test(text)) return text.toLowerCase()
    return text.startsWith('/') && text.length <= 4096 && !text.includes('\0') ? text : undefined
  })
}

const CLUSTER_TIMES = [
  ...(['beat', 'command', 'proofAge', 'unwatchedDeadline', 'deadline', 'killAfter'] as const),
  ...(['lease', 'warmUp', 'quarantine', 'presence', 'outageGrace', 'reconcile'] as const),
]

/** In milliseconds, by name. */
export type ClusterTimes = { readonly [Name in (typeof CLUSTER_TIMES)[number] as `${Name}Ms`]?: number }

/** Some of the times of the protocol between nodes, as `name=duration,…`. */
export function clusterTimes() {
  return schemaOf<ClusterTimes>(
    `names and durations up to 10m, such as lease=4s,deadline=2500ms; the names are ${CLUSTER_TIMES.join(', ')}`,
    (text) => {
      const times = text.split(',').map((part): [name: string, ms: number | undefined] => {
        const [name = '', value = '', ...rest] = part.trim().split('=')
        const isKnown = rest.length === 0 && CLUSTER_TIMES.some((known) => known === name)
        return [`${name}Ms`, isKnown ? within(parseDuration(value), 0, parseDuration('10m')) : undefined]
      })
      const isTwice = new Set(times.map(([name]) => name)).size < times.length
      return isTwice || times.some(([, ms]) => ms === undefined) ? undefined : Object.fromEntries(times)
    },
  )
}

export function oneOf<const Word extends string>(words: readonly Word[]) {
  return schemaOf(words.join(' or '), (text) => words.find((word) => word === text.toLowerCase()))
}

export function webhooks() {
  return schemaOf(
    'addresses of webhooks with spaces between, such as https://hooks.slack.com/… or ntfy+https://ntfy.example/topic',
    parseWebhooks,
  )
}

export function webhookEvents() {
  return schemaOf(`all, or some of ${WEBHOOK_EVENTS.join(', ')}`, parseWebhookEvents)
}

export function quietHours() {
  return schemaOf('hours such as 22:00-07:00, with or without a time zone such as Europe/Berlin', parseQuietHours)
}

/** Text that may stand in an HTTP header. */
export function headerText() {
  return schemaOf('printable ASCII text of at most 512 characters', (text) =>
    /^[\x20-\x7e]{1,512}$/.test(text) ? text : undefined,
  )
}

export function attributeName() {
  return schemaOf('the name of an attribute, such as tvg-name, tvg-chno, group-title or name', (text) =>
    /^[\w.-]{1,64}$/.test(text) ? text : undefined,
  )
}

/** Words or short phrases, separated by commas. */
export function wordList() {
  return schemaOf('words such as HD,FHD,4K, each of at most 32 characters', (text) => {
    const words = text.split(',').map((word) => word.trim())
    return words.length <= 100 && words.every((word) => word !== '' && word.length <= 32) ? words : undefined
  })
}

export function nodeName() {
  return schemaOf('letters, digits, dots, dashes and underscores, at most 64', (text) =>
    /^[\w.-]{1,64}$/.test(text) ? text : undefined,
  )
}

/** A part of keys, so without their special characters. */
export function clusterName() {
  return schemaOf('lower-case letters, digits, dashes and underscores, at most 40', (text) =>
    /^[a-z0-9_-]{1,40}$/.test(text) ? text : undefined,
  )
}

export function host() {
  return schemaOf('an IP address or a host name', (text) =>
    isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text) ? text : undefined,
  )
}

export function hostList() {
  const one = host()
  return schemaOf('IP addresses or host names, with commas between', (text) => {
    const hosts = text.split(',').map((name) => name.trim().toLowerCase())
    return hosts.length <= 100 && hosts.every((name) => one.safeParse(name).success) ? hosts : undefined
  })
}

/** The address under which players reach the service; without a slash at the end. */
export function publicAddress() {
  return schemaOf('an address such as https://tv.example.com, with or without a path', (text) => {
    if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
    const { href, search, hash, username, password } = new URL(text)
    return search + hash + username + password === '' ? href.replace(/\/+$/, '') : undefined
  })
}

export function redisAddress() {
  return schemaOf(REDIS_ADDRESS_FORMS, (text) => (isRedisAddress(text) ? text : undefined))
}

/** A share from 0 to 1, written in percent. */
export function percent() {
  return schemaOf('a share such as 50%, from 0% to 100%', (text) => {
    const value = /^\d{1,3}%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN
    return value <= 100 ? value / 100 : undefined
  })
}

export function filePath() {
  return schemaOf('the path of a file', (text) => (/^[^\0\r\n]{1,4096}$/.test(text) ? text : undefined))
}

/** Networks as CIDR; a plain address means itself alone. */
export function networks() {
  return schemaOf('networks such as 192.168.1.0/24,10.0.0.5,fd00::/8', (text) => {
    const cidrs = text
      .split(/[\s,]+/)
      .filter((part) => part !== '')
      .map(toCidr)
    return cidrs.every((cidr) => cidr !== undefined) ? cidrs : undefined
  })
}

export function sourceList() {
  return z.string().transform((text, context) => {
    const { sources, problems, warnings } = parseSources(text)
    for (const problem of problems) context.addIssue({ code: 'custom', message: problem })
    return { sources, warnings }
  })
}

function toCidr(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return undefined
  const longest = family === 4 ? 32 : 128
  if (prefix === undefined) return `${address}/${longest}`
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest ? text : undefined
}

function within(value: number | undefined, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined
}
