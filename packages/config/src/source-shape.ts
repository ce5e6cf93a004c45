import { z } from 'zod'
import { isEventPattern } from './event-patterns.ts'
import { expected, rules, wholeNumber } from './file-shape-parts.ts'
import { parseDuration } from './parse-duration.ts'
import { type EntryFilters, HIGHEST_LIMIT, type SourceHeaders, UNLIMITED } from './parse-sources.ts'

const name = z
  .string(expected('text'))
  .trim()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u, expected('1 to 64 visible characters'))

const address = z
  .string(expected('an http:// or https:// address'))
  .refine((text) => /^https?:\/\/[^/]/i.test(text) && URL.canParse(text), expected('an http:// or https:// address'))

const SOURCE = 'an http://, https:// or xtream:// address'
const sourceAddress = z
  .string(expected(SOURCE))
  .refine((text) => /^(?:https?|xtreams?):\/\/[^/]/i.test(text) && URL.canParse(text), expected(SOURCE))

const LIMIT = `a whole number from 1 to ${HIGHEST_LIMIT}, or unlimited`
const limit = z.union(
  [z.literal('unlimited').transform(() => UNLIMITED), wholeNumber(1, HIGHEST_LIMIT, LIMIT)],
  expected(LIMIT),
)

const NEVER_CONFIGURED =
  /^(?:accept-encoding|connection|content-length|expect|host|if-modified-since|if-none-match|keep-alive|proxy-.*|range|te|trailer|transfer-encoding|upgrade)$/i

// Values that `upstream` would not send are refused here, where the operator sees it.
const headers = z
  .record(
    z
      .string()
      .regex(/^[!#$%&'*+.^_`|~\w-]{1,64}$/)
      .refine((field) => !NEVER_CONFIGURED.test(field)),
    z
      .string(expected('text; put numbers and dates in quotes'))
      .regex(/^[\t\x20-\x7e\xa0-\xff]{0,4096}$/, expected('one line of Latin-1 text')),
    {
      error: (issue) =>
        issue.code === 'invalid_key'
          ? 'is not a header field that may be set here'
          : 'must be header fields such as { Referer: "https://example.com/" }',
    },
  )
  .transform((fields): SourceHeaders => Object.entries(fields))

const filters = z
  .strictObject(
    { include: rules.optional(), exclude: rules.optional() },
    expected('include and exclude, each with rules'),
  )
  .transform(({ include = [], exclude = [] }): EntryFilters => ({ include, exclude }))

const AGENT = 'printable ASCII text of at most 512 characters'
const agent = z.string(expected(AGENT)).regex(/^[\x20-\x7e]{1,512}$/, expected(AGENT))

const coolDown = z
  .string(expected('a duration such as 5s'))
  .transform((text) => parseDuration(text))
  .refine((ms) => ms !== undefined && ms <= 600_000, expected('a duration of at most 10m, such as 5s'))

const CHARSET = 'the name of an encoding, such as windows-1251, gbk or big5'
const charset = z.string(expected(CHARSET)).refine(isCharset, expected(CHARSET))

function isCharset(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'replacement'
  } catch {
    return false
  }
}

const ZONE = 'the name of a time zone, such as Europe/Berlin'
const zone = z.string(expected(ZONE)).refine(isZone, expected(ZONE))

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const SHIFT = 'hours from -24 to 24, such as -1 or 2.5'
const shift = z.number(expected(SHIFT)).min(-24, expected(SHIFT)).max(24, expected(SHIFT))

const CREDENTIAL = '1 to 128 characters of one line'
const credential = z.string(expected('text; put numbers in quotes')).regex(/^[^\p{C}]{1,128}$/u, expected(CREDENTIAL))

const MAX_LOGINS = 50
const LOGINS = `a list of 1 to ${MAX_LOGINS} logins`
const logins = z
  .array(
    z.strictObject(
      { username: credential, password: credential, limit: limit.default(1) },
      expected('a login with username and password'),
    ),
    expected(LOGINS),
  )
  .min(1, expected(LOGINS))
  .max(MAX_LOGINS, expected(LOGINS))

const KIND = 'live, movie or series'
const kinds = z
  .array(z.enum(['live', 'movie', 'series'], expected(KIND)), expected(`a list of ${KIND}`))
  .min(1, expected(`a list of ${KIND}`))

/** One item under `sources` of the file, as people write it. */
const sourceShape = z.strictObject(
  {
    name,
    url: sourceAddress,
    type: z.enum(['m3u', 'xtream'], expected('m3u or xtream')).optional(),
    kinds: kinds.optional(),
    logins: logins.optional(),
    limit: limit.optional(),
    priority: wholeNumber(1, 9_999).optional(),
    userAgent: agent.optional(),
    listHeaders: headers.optional(),
    playHeaders: headers.optional(),
    tls: z.enum(['verify', 'insecure'], expected('verify or insecure')).optional(),
    coolDown: coolDown.optional(),
    epgUrl: address.optional(),
    guideTimeZone: zone.optional(),
    guideShift: shift.optional(),
    archiveTimeZone: zone.optional(),
    charset: charset.optional(),
    filters: filters.optional(),
  },
  expected('a source with at least name and url'),
)

/** One item under `guides` of the file: a programme guide that no list names. */
const guideShape = z.strictObject(
  {
    name,
    url: address,
    timeZone: zone.optional(),
    shift: shift.optional(),
    priority: wholeNumber(1, 9_999).optional(),
  },
  expected('a guide with at least name and url'),
)

const CHANNEL_NUMBER = 'a channel number such as 7 or "5.1"'
const channelNumber = z
  .union([z.int(), z.string()], expected(CHANNEL_NUMBER))
  .transform(String)
  .refine((text) => /^[1-9]\d{0,8}(?:\.\d{1,4})?$/.test(text), expected(CHANNEL_NUMBER))

const NAME_OF_CHANNEL = '1 to 200 visible characters'
const shownText = z
  .string(expected(NAME_OF_CHANNEL))
  .trim()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, expected(NAME_OF_CHANNEL))

/** One item under `channels` of the file: what is to be different about a channel. */
const channelShape = z.strictObject(
  {
    channel: shownText,
    hide: z.boolean(expected('true or false')).optional(),
    rename: shownText.optional(),
    number: channelNumber.optional(),
    group: shownText.optional(),
    logo: address.optional(),
    guideId: shownText.optional(),
    order: wholeNumber(1, 1_000_000).optional(),
  },
  expected('a channel such as { channel: BBC One, number: 101 }'),
)

const LENGTH = 'a duration from 1m to 24h, such as 3h'
const eventLength = z
  .string(expected(LENGTH))
  .transform((text) => parseDuration(text))
  .refine((ms) => ms !== undefined && ms >= 60_000 && ms <= 86_400_000, expected(LENGTH))

const EVENT_PATTERN =
  'a regular expression with a group (?P<title>…), and others only of year, month, day, hour, minute and ampm (RE2: no look-around, no back references)'

/** One item under `eventNames` of the file: what names of event channels say. */
const eventNamesShape = z.strictObject(
  {
    pattern: z.string(expected(EVENT_PATTERN)).refine(isEventPattern, expected(EVENT_PATTERN)),
    timeZone: zone.optional(),
    length: eventLength.optional(),
  },
  expected('a pattern such as { pattern: "^PPV: (?P<title>.+)" }'),
)

const MAX_EVENT_PATTERNS = 50
const EVENT_NAMES = `a list of at most ${MAX_EVENT_PATTERNS} patterns`

const guideMap = z.record(
  z.string(),
  z.string(expected('the id of a channel in a guide')),
  expected('channels with their ids in the guide'),
)

export const fileShape = z.strictObject(
  {
    sources: z.array(sourceShape, expected('a list of sources')),
    guides: z.array(guideShape, expected('a list of guides')).optional(),
    guideMap: guideMap.optional(),
    channels: z.array(channelShape, expected('a list of channels')).optional(),
    eventNames: z
      .array(eventNamesShape, expected(EVENT_NAMES))
      .max(MAX_EVENT_PATTERNS, expected(EVENT_NAMES))
      .optional(),
  },
  expected('sources: with a list below it'),
)

export type WrittenEventNames = z.infer<typeof eventNamesShape>

export type WrittenChannel = z.infer<typeof channelShape>

export type WrittenGuide = z.infer<typeof guideShape>

export type WrittenSource = z.infer<typeof sourceShape>
