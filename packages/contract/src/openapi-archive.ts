import { content, operation, query } from './openapi-parts.ts'

const ERRORS = [
  'bad-request',
  'unknown-channel',
  'no-archive',
  'user-limit',
  'sources-full',
  'streams-failing',
  'coordination-unavailable',
] as const

const play = (summary: string) => operation('public', summary, { 200: content('video/mp2t') }, ERRORS)
const part = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
})

/** The past of channels, in each form in which players ask for it. */
export const ARCHIVE_PATHS = {
  '/archive/{channel}': {
    get: {
      ...play('A part of the past of a channel, as `catchup-source` in the playlist asks for it.'),
      parameters: [
        part('channel', 'Id of a channel; `.ts` may follow.'),
        query('utc', 'Where it starts: seconds since 1970.'),
        query('duration', 'Seconds, at most a day. Default: 4 hours.'),
        query('utcend', 'Where it ends, in place of a duration.'),
      ],
    },
  },
  '/timeshift/{minutes}/{when}/{file}': {
    get: {
      ...play('The same for Xtream apps, which send `/timeshift/<user>/<password>/…`.'),
      parameters: [
        part('minutes', 'Its length.'),
        part('when', 'Where it starts, in UTC: `2027-05-31:20-15`.'),
        part('file', 'Number of a channel, and an extension.'),
      ],
    },
  },
  '/streaming/timeshift.php': {
    get: {
      ...play('The same for older Xtream apps.'),
      parameters: [
        query('stream', 'Number of a channel.'),
        query('start', 'Where it starts, in UTC: `2027-05-31:20-15`.'),
        query('duration', 'Minutes.'),
      ],
    },
  },
} as const
