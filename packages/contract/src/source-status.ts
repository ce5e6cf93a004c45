import { z } from 'zod'

const time = () => z.string().describe('ISO 8601, UTC')
const count = () => z.int().min(0)

export const alarm = z
  .strictObject({ code: z.string(), message: z.string().describe('One sentence for people.'), since: time() })
  .readonly()

const quarantine = z
  .strictObject({
    version: z.int(),
    reason: z.string(),
    message: z.string(),
    entries: count(),
    fetchedAt: time(),
  })
  .readonly()

/** How the last import of a source went. */
const importStatus = z
  .strictObject({
    state: z.enum(['waiting', 'importing', 'ok', 'failed']),
    reason: z.string().optional().describe('Code of the failure.'),
    progress: count().optional().describe('Entries read so far by the import that is running.'),
    entries: count().describe('Entries of the last good list.'),
    filtered: count().describe('Entries of it that the filters of the source left out.'),
    skipped: z.record(z.string(), count()).describe('Items of it that were skipped, by reason.'),
    skippedFirst: z
      .array(z.strictObject({ reason: z.string(), line: z.int() }).readonly())
      .readonly()
      .describe('The first of them.'),
    torn: z.boolean().describe('Its last line had no end.'),
    fetchedAt: time().optional(),
    goodVersion: z.int().optional(),
    alarm: alarm.optional().describe('What is wrong, since the first failure after the last good import.'),
    quarantine: quarantine.optional().describe('A list that waits for POST /sources/{source}/accept.'),
  })
  .readonly()

const slot = z
  .object({ slotId: z.string() })
  .catchall(z.unknown())
  .readonly()
  .describe('A connection in use, and who holds it.')

const limit = z.union([z.int().min(1), z.literal('unlimited')])

const account = z
  .strictObject({
    account: z.string(),
    limit,
    inUse: count().describe('Connections in use, on all nodes.'),
    alarms: z.array(alarm).readonly().describe('An end that is near, a refusal, a limit above that of the account.'),
    checkedAt: time().optional().describe('When the provider said the rest; only Xtream panels do.'),
    isAccepted: z.boolean().optional(),
    status: z.enum(['active', 'trial', 'expired', 'banned', 'disabled', 'unknown', 'unreached']).optional(),
    expiresAt: time().optional(),
    maxConnections: z.int().optional(),
    activeConnections: z.int().optional().describe('As the provider counts them, ours among them.'),
    timeZone: z.string().optional(),
  })
  .readonly()
  .describe('A login of a source, by the id of its account.')

/** A source as operators see it: by id and name, never by address. */
export const sourceStatus = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    account: z.string().describe('The login whose connections it uses; of several, the first.'),
    limit: limit.describe('Of all its logins together.'),
    accounts: z.array(account).readonly(),
    import: importStatus,
    slots: z.array(slot).readonly().describe('Connections of its accounts that are in use, on all nodes.'),
  })
  .readonly()

export type SourceStatus = z.infer<typeof sourceStatus>

/** The part of a source that is known while Redis is away. */
export const unreadSource = z.strictObject({ id: z.string(), name: z.string() }).readonly()
