import { z } from 'zod'

const text = () => z.string()
const count = () => z.int().min(0)

const shownSetting = z
  .strictObject({
    name: text().describe('Of the environment variable.'),
    value: text().nullable().describe('As written; null: unset, or secret.'),
    default: text().nullable(),
    isSet: z.boolean(),
    isSecret: z.boolean().describe('Its value is never shown as it is.'),
    meaning: text(),
  })
  .readonly()

/** Answer to `GET /admin/settings`: the edge that answers, and its settings. */
export const adminSettings = z
  .strictObject({
    node: z
      .strictObject({
        name: text().describe('NODE_ID.'),
        version: text(),
        incarnation: text(),
        startedAt: z.int().describe('Milliseconds since 1970.'),
        program: text().describe('Node.js and its version.'),
        system: text().describe('Operating system and architecture.'),
        processors: count(),
        memoryBytes: count().describe('Of the process.'),
        ffmpeg: z.enum(['found', 'missing']),
        redis: text().nullable().describe('Version of the server; null: it does not answer.'),
      })
      .readonly(),
    settings: z.array(shownSetting).readonly().describe('In the order of docs/settings.md.'),
  })
  .readonly()

export type AdminSettings = z.infer<typeof adminSettings>
