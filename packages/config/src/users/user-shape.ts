import { z } from 'zod'
import { expected, rules, wholeNumber } from '../file-shape-parts.ts'
import { networks } from '../value-schemas.ts'
import { isPasswordHash } from './password-hash.ts'

const NAME = '1 to 64 of the characters A-Z a-z 0-9 . _ @ -'
const name = z.string(expected(NAME)).regex(/^[\w.@-]{1,64}$/, expected(NAME))

const HASH = 'a hash made by `kptv user hash`, in quotes'
const passwordHash = z.string(expected(HASH)).refine(isPasswordHash, expected(HASH))

const TOKEN = '16 to 128 of the characters A-Z a-z 0-9 _ -, such as `kptv user token` makes'
const tokenText = z.string(expected(TOKEN)).regex(/^[\w-]{16,128}$/, expected(TOKEN))

const END = 'a day such as 2027-12-31, or a time such as 2027-12-31T20:00:00Z'
const DAY_MS = 86_400_000
const end = z
  .string(expected(END))
  .regex(/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/, expected(END))
  // A day includes its evening.
  .transform((text) => Date.parse(text) + (text.includes('T') ? 0 : DAY_MS))
  .refine((ms) => !Number.isNaN(ms), expected(END))

const MAX_STREAMS = 1_000
const STREAMS = `a whole number from 1 to ${MAX_STREAMS}, or unlimited`
const streams = z.union(
  [
    z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY),
    z.int(expected(STREAMS)).min(1, expected(STREAMS)).max(MAX_STREAMS, expected(STREAMS)),
  ],
  expected(STREAMS),
)

const NETWORKS = 'networks such as [192.168.1.0/24, 10.0.0.5]'
const network = z
  .string(expected(NETWORKS))
  .refine((text) => networks().safeParse(text).data?.length === 1, expected(NETWORKS))
  .transform((text) => networks().parse(text)[0] ?? '')

const token = z.strictObject(
  {
    label: z.string(expected('text')).regex(/^[^\p{C}]{1,64}$/u, expected('1 to 64 visible characters')),
    token: tokenText,
    end: end.optional(),
  },
  expected('a token with label and token'),
)

const sees = z.strictObject(
  {
    sources: z.array(z.string(expected('the name of a source')), expected('a list of sources')).optional(),
    include: rules.optional(),
    exclude: rules.optional(),
  },
  expected('sources, include and exclude'),
)

/** One item under `users` of the file, as people write it. */
const userShape = z.strictObject(
  {
    name,
    password: passwordHash.optional(),
    tokens: z.array(token, expected('a list of tokens')).optional(),
    streams: streams.default(Number.POSITIVE_INFINITY),
    priority: wholeNumber(0, 100).default(0),
    role: z.enum(['viewer', 'admin'], expected('viewer or admin')).default('viewer'),
    onLimit: z.enum(['refuse', 'end-oldest'], expected('refuse or end-oldest')).default('refuse'),
    sees: sees.optional(),
    networks: z.array(network, expected(NETWORKS)).min(1, expected(NETWORKS)).optional(),
    end: end.optional(),
    links: wholeNumber(1, 1_000_000).default(1),
  },
  expected('a user with at least a name'),
)

export const usersFileShape = z.strictObject(
  { users: z.array(userShape, expected('a list of users')) },
  expected('users: with a list below it'),
)

export type WrittenUser = z.infer<typeof userShape>
