import { z } from 'zod'
import { alarm } from './source-status.ts'

const time = () => z.string().describe('ISO 8601, UTC')
const count = () => z.int().min(0)

const guideImport = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    state: z.enum(['waiting', 'reading', 'ok', 'failed']),
    fetchedAt: time().optional(),
    channels: count().optional().describe('In the guide.'),
    programmes: count().optional().describe('In the guide.'),
    matchedProgrammes: count().optional().describe('Those for channels of the catalogue.'),
    matched: z
      .record(z.string(), count())
      .optional()
      .describe(
        'Channels of the catalogue that found their guide here, by how: map, tvg-id, tvg-id-without-case, name.',
      ),
    skipped: z.record(z.string(), count()).optional().describe('Elements that were left out, by reason.'),
    alarm: alarm.optional().describe('What is wrong, since the first failure after the last good read.'),
  })
  .readonly()

/** The merged guide, and the guides that it is made of. */
export const guideStatus = z
  .strictObject({
    builtAt: time().optional(),
    matched: count().optional().describe('Channels of the catalogue that some guide knows, when it was built.'),
    withProgrammes: count().optional().describe('Channels that have programmes.'),
    programmes: count().optional(),
    guides: z.array(guideImport).readonly(),
  })
  .readonly()

export type GuideStatus = z.infer<typeof guideStatus>
