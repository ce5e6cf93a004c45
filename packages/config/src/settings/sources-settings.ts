import {
  attributeName,
  duration,
  filePath,
  oneOf,
  percent,
  sourceList,
  wholeNumber,
  wordList,
  yesOrNo,
} from '../value-schemas.ts'
import { setting } from './setting.ts'

/** The sources of channels, and how their lists and guides are handled. */
export const SOURCES_SETTINGS = {
  SOURCES: setting({
    schema: sourceList(),
    default: undefined,
    example: 'http://one.example/list.m3u|2,http://two.example/get.php?username=u&password=p|1',
    meaning:
      'Playlists and Xtream panels (`xtream://user:password@host:port`) in order of preference, each with the number of connections that its provider allows: `URL|MAX,URL|MAX`; a missing limit is 1, no limit is written `unlimited`; the older `URL:MAX` works after a path.',
    secret: true,
  }),
  SOURCES_FILE: setting({
    schema: filePath(),
    default: undefined,
    example: '/etc/kptv/sources.yaml',
    meaning: 'YAML file with more sources, or more about each (see below); read again when it changes.',
  }),
  IMPORT_REFRESH_INTERVAL: setting({
    schema: duration('10s', '168h'),
    unit: 'Ms',
    default: '30m',
    example: '12h',
    meaning: 'Time from one import of a source to the next.',
  }),
  IMPORT_MIN_KEEP: setting({
    schema: percent(),
    default: '50%',
    example: '80%',
    meaning:
      'How many entries a new list must have, compared with the last good list; with fewer it is put aside with an alarm. `0%` is off.',
  }),
  IMPORT_MIN_KEEP_GROUPS: setting({
    schema: percent(),
    default: '50%',
    example: '20%',
    meaning:
      'How much of the last good list, counted in entries, must be in groups that the new list still has. `0%` is off.',
  }),
  WORKER_THREADS: setting({
    schema: wholeNumber(1, 100),
    default: '10',
    example: '2',
    meaning: 'Imports at once in one worker.',
  }),
  GUIDE_REFRESH_INTERVAL: setting({
    schema: duration('10s', '168h'),
    unit: 'Ms',
    default: '6h',
    example: '12h',
    meaning: 'Time from one import of a programme guide to the next.',
  }),
  GUIDE_DAYS: setting({
    schema: wholeNumber(1, 30),
    default: '7',
    example: '3',
    meaning:
      'Days of programmes ahead that the guide holds; one past day is kept too, or as many as the list says can be played (`catchup-days`, `tvg-rec`, `timeshift`).',
  }),
  GUIDE_FILL: setting({
    schema: yesOrNo(),
    default: 'false',
    example: 'true',
    meaning: 'Whether channels without a guide get four-hour blocks with their name, so that players show them.',
  }),
  HIDE_UNPLAYABLE: setting({
    schema: yesOrNo(),
    default: 'true',
    example: 'false',
    meaning:
      'Whether the playlist leaves out entries that declare a kind that cannot be played here (DRM, DASH); they are counted by reason. Entries that need ffmpeg stay, because the worker cannot know whether the edges have it.',
  }),
  SORT_FIELD: setting({
    schema: attributeName(),
    default: 'tvg-name',
    example: 'tvg-chno',
    meaning: 'Attribute that sorts channels, and the streams of one source; `name` is the displayed name.',
  }),
  SORT_DIRECTION: setting({
    schema: oneOf(['asc', 'desc']),
    default: 'asc',
    example: 'desc',
    meaning: 'Direction of that order.',
  }),
  GROUP_STRIP_TAGS: setting({
    schema: wordList(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: 'HD,FHD,UHD,4K',
    meaning:
      'Words to ignore in channel names: with `HD`, the names `TBS HD`, `[HD] TBS` and `TBS` are one channel; unset: none. Use the same value for edge and worker.',
  }),
  REMOVED_CHANNEL_GRACE: setting({
    schema: duration('0', '720h'),
    unit: 'Ms',
    default: '24h',
    example: '72h',
    meaning: 'How long a channel that has left all lists can still be played by its id; it is not in the playlist.',
  }),
} as const
