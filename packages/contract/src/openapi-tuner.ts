import { content, operation } from './openapi-parts.ts'

const DOCUMENTS = {
  'discover.json': ['What the tuner is, and how many channels it can play at once.', 'application/json'],
  'device.xml': ['The same for UPnP.', 'application/xml'],
  'lineup.json': ['Its channels, at most 480.', 'application/json'],
  'lineup.xml': ['Its channels as XML.', 'application/xml'],
  'lineup.m3u': ['Its channels as a playlist.', 'audio/x-mpegurl'],
  'lineup_status.json': ['There is never a scan in progress.', 'application/json'],
} as const

const PROFILE = {
  name: 'profile',
  in: 'path',
  required: true,
  description: 'A group: the device has only its channels.',
  schema: { type: 'string' },
}
const NUMBER = { name: 'number', in: 'path', required: true, description: '`v` and a guide number.' }
const SECONDS = { name: 'duration', in: 'query', description: 'Seconds after which the response ends.' }

/**
 * A device that looks like an HDHomeRun; with users also below `/link/<token>` and `/hdhr/<token>`.
 */
export const TUNER_PATHS: Readonly<Record<string, object>> = {
  ...pathsOf('/hdhr', []),
  ...pathsOf('/hdhr/{profile}', [PROFILE]),
}

function pathsOf(device: string, parameters: readonly object[]): Record<string, object> {
  const documents = Object.entries(DOCUMENTS).map(([file, [summary, type]]) => {
    const answer = operation('public', summary, { 200: content(type) }, [
      'not-found',
      'playlist-busy',
      'catalog-missing',
      'coordination-unavailable',
    ])
    return [`${device}/${file}`, { get: { ...answer, parameters } }] as const
  })
  const scan = operation('public', 'Accepts a request for a scan; there is nothing to scan.', {
    200: { description: 'OK' },
  })
  const play = operation(
    'public',
    'A channel as `/stream/{channel}` sends it. Errors carry `X-HDHomeRun-Error`, and 503 where no tuner is free.',
    { 200: content('video/mp2t') },
    ['unknown-channel', 'sources-full', 'streams-failing', 'coordination-unavailable'],
  )
  const ofChannel = [...parameters, { ...NUMBER, schema: { type: 'string' } }]
  const tuning = [...ofChannel, { ...SECONDS, schema: { type: 'number' } }]
  return {
    ...Object.fromEntries(documents),
    [`${device}/lineup.post`]: { post: { ...scan, parameters } },
    [`${device}/auto/{number}`]: { get: { ...play, parameters: tuning } },
  }
}
