import { z } from 'zod'

const count = () => z.int().min(0)
const time = () => z.int().describe('Milliseconds since 1970.')

const shownToken = z
  .strictObject({
    label: z.string(),
    end: time().nullable(),
    ended: z.boolean(),
  })
  .readonly()

const shownUser = z
  .strictObject({
    name: z.string(),
    streams: z
      .strictObject({
        now: count().nullable().describe('On all nodes; null: Redis does not answer.'),
        limit: count().nullable().describe('null: unlimited.'),
        onLimit: z.enum(['refuse', 'end-oldest']),
      })
      .readonly(),
    role: z.enum(['viewer', 'admin']),
    priority: z.int().describe('When all connections are in use, the higher one gets that of the lowest.'),
    end: time().nullable(),
    ended: z.boolean().describe('Its end has passed: it may not watch any more.'),
    login: z.enum(['password', 'token', 'network']).describe('How it can log in; a password stands for tokens too.'),
    tokens: z.array(shownToken).readonly().describe('By label; the tokens themselves are never shown.'),
    networks: z.array(z.string()).readonly().describe('Where it may watch; empty: everywhere.'),
    seesAll: z.boolean(),
  })
  .readonly()

/** At most so many users are in one answer. */
export const MAX_SHOWN_USERS = 200

/** Answer to `GET /admin/users`. */
export const adminUsers = z
  .strictObject({
    isOpen: z.boolean().describe('There is no USERS_FILE: everyone may watch.'),
    problems: z.array(z.string()).readonly().describe('Why the current file is not used.'),
    matching: count().describe('Users that match the query.'),
    users: z.array(shownUser).readonly().describe(`The first ${MAX_SHOWN_USERS}, in the order of the file.`),
  })
  .readonly()

export type AdminUsers = z.infer<typeof adminUsers>
export type ShownUser = z.infer<typeof shownUser>
