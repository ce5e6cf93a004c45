import type { z } from 'zod'
import { CHANNELS_PER_PAGE, channelPage, groupList, importsAnswer, siteAnswer } from './channels.ts'
import { guideAnswer, guideNowAnswer, MAX_GUIDE_CHANNELS } from './guide.ts'
import { ADMIN_PATHS } from './openapi-admin.ts'
import { ARCHIVE_PATHS } from './openapi-archive.ts'
import { channel, content, json, jsonSchema, operation, query, reference, SCHEMAS } from './openapi-parts.ts'
import { TUNER_PATHS } from './openapi-tuner.ts'
import { healthAnswer } from './orders.ts'
import { viewerLogin, viewerSession } from './viewer-session.ts'

/**
 * Both ports as an OpenAPI 3.1 document. Its schemas are those that the answers are typed by, so
 * they cannot differ.
 *
 * @param version of the product
 */
export function openApiDocument(version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'KPTV Proxy Restreamer', version, license: { name: 'MIT', identifier: 'MIT' } },
    tags: [
      { name: 'public', description: 'The public port (PORT): players and people.' },
      {
        name: 'admin',
        description:
          'The admin port (ADMIN_PORT): operators. With ADMIN_PASSWORD, everything under /admin is on the public port too, after a login.',
      },
    ],
    paths: { ...PUBLIC_PATHS, ...ADMIN_PATHS },
    components: {
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema)])),
    },
  }
}

const PART = [query('group', 'One group.'), query('source', 'Id or name of a source.'), query('q', 'A search.')]

/** What Xtream apps play. */
const numbered = (kind: 'live' | 'movie' | 'series') => ({
  ...operation(
    'public',
    `What has this number, as \`/stream/{channel}\` sends it. Apps send \`/${kind}/<user>/<password>/<number>\`.`,
    { 200: content('video/mp2t'), 206: content('video/mp4') },
    ['login-required', 'wrong-login', 'unknown-channel', 'user-limit', 'sources-full', 'coordination-unavailable'],
  ),
  parameters: [{ ...channel, name: 'file', description: 'Number of a channel or VOD, and an extension.' }],
})

const KINDS = query('kinds', 'Of `live`, `movie` and `series`, with commas. Default: all.')

const CHANNELS = {
  ...query('channels', `Ids of channels with commas between them, at most ${MAX_GUIDE_CHANNELS}.`),
  required: true,
  schema: { type: 'string' },
}
const TIMES = [
  query('from', 'ISO 8601; the start of the answer. Default: now.'),
  query('to', 'ISO 8601; its end, at most 7 days later. Default: 24 hours later.'),
]
const LIST_ERRORS = [
  'bad-request',
  'unknown-source',
  'too-many-requests',
  'search-busy',
  'coordination-unavailable',
] as const

const STREAM_ERRORS = [
  'unknown-channel',
  'no-playable-stream',
  'sources-full',
  'sources-resting',
  'streams-blocked',
  'streams-quarantined',
  'streams-failing',
  'node-full',
  'draining',
  'coordination-unavailable',
  'loop',
] as const
const HLS_ERRORS = [...STREAM_ERRORS, 'no-hls'] as const
const HLS_TYPE = 'application/vnd.apple.mpegurl'

const LOGIN_ERRORS = [
  'bad-request',
  'wrong-login',
  'too-many-logins',
  'access-ended',
  'network-not-allowed',
  'cross-origin',
] as const

const PLAYER = { name: 'player', in: 'path', required: true, schema: { type: 'string' } }
const SEGMENT_FILE = { ...channel, name: 'file', description: 'As the playlist names it.' }
const FORMAT = { ...channel, name: 'format', description: 'As the multivariant playlist names it.' }
const hlsOf = (player: string, parameters: readonly object[]) => ({
  [`${player}/live.m3u8`]: {
    get: {
      ...operation('public', 'The newest segments, for a player.', { 200: content(HLS_TYPE) }, HLS_ERRORS),
      parameters,
    },
  },
  [`${player}/{file}`]: {
    get: {
      ...operation('public', 'A segment.', { 200: content('video/mp2t') }, ['unknown-segment']),
      parameters: [...parameters, SEGMENT_FILE],
    },
  },
})

const PUBLIC_PATHS = {
  '/': {
    get: operation('public', 'A page for people: channels, guide, player, links.', { 200: content('text/html') }, [
      'too-many-requests',
      'page-missing',
    ]),
  },
  '/api/session': {
    get: operation('public', 'Whether the page must ask for a login.', { 200: json(viewerSession) }),
  },
  '/api/login': {
    post: {
      ...operation('public', 'Logs a viewer in: the answer sets a cookie.', { 200: json(viewerSession) }, LOGIN_ERRORS),
      requestBody: { required: true, ...json(viewerLogin) },
    },
  },
  '/api/logout': {
    post: operation('public', 'Ends that login.', { 200: json(viewerSession) }, ['cross-origin']),
  },
  '/api/site': { get: operation('public', 'What the page can offer.', { 200: json(siteAnswer) }, ['bad-request']) },
  '/api/imports': {
    get: operation('public', 'Why a list may still be empty.', { 200: json(importsAnswer) }, [
      'coordination-unavailable',
    ]),
  },
  '/api/channels': {
    get: {
      ...operation('public', 'The channels, page by page.', { 200: json(channelPage) }, LIST_ERRORS),
      parameters: [
        ...PART,
        { ...query('page', 'Default: 1.'), schema: { type: 'integer', minimum: 1 } },
        {
          ...query('size', `Channels of a page; default: ${CHANNELS_PER_PAGE}.`),
          schema: { type: 'integer', minimum: 1, maximum: CHANNELS_PER_PAGE },
        },
      ],
    },
  },
  '/api/groups': { get: operation('public', 'The groups of the channels.', { 200: json(groupList) }, LIST_ERRORS) },
  '/healthz': { get: operation('public', 'The process is running.', { 200: json(healthAnswer) }) },
  '/readyz': {
    get: operation('public', 'Whether a balancer may send viewers to this node.', {
      200: reference('Readiness'),
      503: reference('Readiness'),
    }),
  },
  '/playlist.m3u8': {
    get: {
      ...operation(
        'public',
        'The merged playlist, or a part of it.',
        { 200: content('audio/x-mpegurl'), 304: { description: 'Unchanged.' } },
        ['bad-request', 'unknown-source', 'too-many-requests', 'playlist-busy', 'catalog-missing'],
      ),
      parameters: [...PART, KINDS],
    },
  },
  '/guide.xml': { get: guide('application/xml') },
  '/guide.xml.gz': { get: guide('application/gzip') },
  '/api/guide': {
    get: { ...programmes('Programmes of some channels.', guideAnswer), parameters: [CHANNELS, ...TIMES] },
  },
  '/api/guide/now': {
    get: { ...programmes('What is on now, and next.', guideNowAnswer), parameters: [CHANNELS] },
  },
  '/logo/{logo}': {
    get: {
      ...operation(
        'public',
        "A channel's logo, or its initials.",
        { 200: content('image/*'), 304: { description: 'Unchanged.' } },
        ['not-found', 'too-many-requests', 'coordination-unavailable'],
      ),
      parameters: [{ ...channel, name: 'logo', description: 'As the playlist names it, or the id of a channel.' }],
    },
  },
  '/stream/{channel}': {
    get: {
      ...operation(
        'public',
        'A channel as endless MPEG-TS; a VOD as the file that it is, with ranges.',
        { 200: content('video/mp2t'), 206: content('video/mp4') },
        STREAM_ERRORS,
      ),
      parameters: [channel],
    },
  },
  ...Object.fromEntries(
    [
      ['aac', 'audio/aac'],
      ['mp3', 'audio/mpeg'],
    ].map(([form, type = '']) => [
      `/stream/{channel}.${form}`,
      {
        get: {
          ...operation('public', 'The audio of a channel, as it is.', { 200: content(type) }, [
            ...STREAM_ERRORS,
            'no-such-audio',
          ]),
          parameters: [channel],
        },
      },
    ]),
  ),
  '/stream/{channel}.m3u8': {
    get: {
      ...operation('public', 'A channel as HLS, for a new player.', { 200: content(HLS_TYPE) }, HLS_ERRORS),
      parameters: [channel],
    },
  },
  ...hlsOf('/stream/{channel}/hls/{player}', [channel, PLAYER]),
  ...hlsOf('/stream/{channel}/hls/{player}/{format}', [channel, PLAYER, FORMAT]),
  '/player_api.php': { get: playerApi(), post: playerApi() },
  '/get.php': {
    get: operation(
      'public',
      'The playlist, at the address that Xtream apps know.',
      { 200: content('audio/x-mpegurl'), 304: { description: 'Unchanged.' } },
      ['login-required', 'wrong-login', 'playlist-busy', 'catalog-missing'],
    ),
  },
  '/xmltv.php': { get: guide('application/xml') },
  '/live/{file}': { get: numbered('live') },
  '/movie/{file}': { get: numbered('movie') },
  '/series/{file}': { get: numbered('series') },
  ...ARCHIVE_PATHS,
  ...TUNER_PATHS,
}

function playerApi(): object {
  return operation(
    'public',
    'The interface of Xtream panels: `username`, `password`, `action`, in the query or as a form.',
    { 200: content('application/json') },
    ['too-many-logins', 'too-many-requests', 'playlist-busy', 'coordination-unavailable'],
  )
}

function guide(type: string): object {
  const errors = ['bad-request', 'unknown-source', 'too-many-requests', 'playlist-busy', 'catalog-missing'] as const
  const answers = { 200: content(type), 304: { description: 'Unchanged.' } }
  return { ...operation('public', 'The guide as XMLTV, of all channels or a part.', answers, errors), parameters: PART }
}

function programmes(summary: string, answer: z.ZodType): object {
  const errors = ['bad-request', 'too-many-requests', 'guide-busy', 'coordination-unavailable'] as const
  return operation('public', summary, { 200: json(answer) }, errors)
}
