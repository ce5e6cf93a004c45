import { z } from 'zod'

const count = () => z.int().min(0)

/** A channel as lists for people show it. */
const listedChannel = z
  .strictObject({
    id: z.string().describe('The id in links of the playlist.'),
    name: z.string(),
    number: z.string().nullable().describe('tvg-chno of its source.'),
    group: z.string().nullable().describe('group-title of its source.'),
    file: z
      .string()
      .nullable()
      .describe('Of a VOD: the extension of its file, as in /stream/{id}.mp4; null: a live channel.'),
    logo: z.boolean().describe('Whether its list names one; /logo/{id} shows it, or the initials.'),
  })
  .readonly()

export type ListedChannel = z.infer<typeof listedChannel>

/** Channels of one page of the list, at most. */
export const CHANNELS_PER_PAGE = 50

/** Answer to `GET /api/channels`. */
export const channelPage = z
  .strictObject({
    page: z.int().min(1),
    pages: z.int().min(1),
    matching: count().describe('Channels that match, on all pages.'),
    searched: count().describe('Channels that were searched.'),
    complete: z.boolean().describe('False: the catalogue exceeds the index, and only its first channels are searched.'),
    channels: z.array(listedChannel).readonly(),
  })
  .readonly()

export type ChannelPage = z.infer<typeof channelPage>

/** Answer to `GET /api/groups`. */
export const groupList = z
  .strictObject({
    groups: z
      .array(z.strictObject({ name: z.string(), channels: count() }).readonly())
      .readonly()
      .describe('In the order of the playlist.'),
    complete: z.boolean().describe('False: there are more groups than are listed.'),
  })
  .readonly()

export type GroupList = z.infer<typeof groupList>

/** Answer to `GET /api/site`: what the page can offer here. */
export const siteAnswer = z
  .strictObject({
    version: z.string(),
    links: z
      .strictObject({
        playlist: z.string(),
        guide: z.string(),
        tuner: z.string().describe('HDHomeRun.'),
        server: z.string().describe('For apps with an Xtream login.'),
      })
      .readonly(),
    admin: z.boolean().describe('Whether /admin can be opened on this port.'),
  })
  .readonly()

export type SiteAnswer = z.infer<typeof siteAnswer>

/** Answer to `GET /api/imports`: why a list may still be empty. */
export const importsAnswer = z
  .strictObject({
    sources: count(),
    running: count().describe('Imports under way.'),
    failed: count().describe('Sources whose last import failed.'),
    entries: count().describe('Read so far by those under way.'),
  })
  .readonly()

export type ImportsAnswer = z.infer<typeof importsAnswer>
