import { z } from 'zod'

const time = () => z.iso.datetime().describe('ISO 8601, UTC')
const channelId = () => z.string().describe('The id in links of the playlist.')

const guideProgramme = z
  .strictObject({
    start: time(),
    stop: time(),
    title: z.string(),
    subTitle: z.string().optional(),
    description: z.string().optional(),
    categories: z.array(z.string()).readonly(),
  })
  .readonly()

export type GuideProgramme = z.infer<typeof guideProgramme>

/** Answer to `GET /api/guide`. */
export const guideAnswer = z
  .strictObject({
    from: time(),
    to: time(),
    complete: z.boolean().describe('False: too much for one answer. Request fewer channels, or fewer hours.'),
    channels: z
      .array(z.strictObject({ id: channelId(), programmes: z.array(guideProgramme).readonly() }).readonly())
      .readonly()
      .describe('In the order of the request; without programmes if the guide has none of the channel.'),
  })
  .readonly()

export type GuideAnswer = z.infer<typeof guideAnswer>

/** Answer to `GET /api/guide/now`. */
export const guideNowAnswer = z
  .strictObject({
    at: time(),
    channels: z
      .array(
        z.strictObject({ id: channelId(), now: guideProgramme.optional(), next: guideProgramme.optional() }).readonly(),
      )
      .readonly()
      .describe('In the order of the request.'),
  })
  .readonly()

export type GuideNowAnswer = z.infer<typeof guideNowAnswer>

/** Channels of one request for programmes. */
export const MAX_GUIDE_CHANNELS = 100
