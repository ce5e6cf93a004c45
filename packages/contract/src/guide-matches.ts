import { z } from 'zod'

/** One line of `/admin/guide/matches`: a channel, and the guides that know it. */
export const channelGuides = z
  .strictObject({
    channelId: z.string(),
    name: z.string(),
    guides: z
      .array(
        z.strictObject({
          guide: z.string().describe('Its name.'),
          guideChannelId: z.string().describe('Id of the channel in that guide.'),
          by: z.string().describe('map, tvg-id, tvg-id-without-case or name.'),
        }),
      )
      .readonly(),
  })
  .readonly()

export type ChannelGuides = z.infer<typeof channelGuides>
