import { bitRate, duration, headerText, networks, programPath, wholeNumber } from '../value-schemas.ts'
import { setting } from './setting.ts'

/** How providers are requested, and what may be requested. */
export const PROVIDER_SETTINGS = {
  USER_AGENT: setting({
    schema: headerText(),
    default: 'kptv-proxy/1.0',
    example: 'VLC/3.0.20 LibVLC/3.0.20',
    meaning: '`User-Agent` of requests to sources.',
  }),
  REQ_ORIGIN: setting({
    schema: headerText(),
    default: undefined,
    example: 'https://player.example',
    meaning: '`Origin` of requests to sources.',
  }),
  REQ_REFERRER: setting({
    schema: headerText(),
    default: undefined,
    example: 'https://player.example/',
    meaning: '`Referer` of requests to sources.',
  }),
  HEALTH_CHECK_TIMEOUT: setting({
    schema: duration('100ms', '10m'),
    unit: 'Ms',
    default: '30s',
    example: '10s',
    meaning: 'How long a source may take to answer a request.',
  }),
  HLS_MAX_BANDWIDTH: setting({
    schema: bitRate(),
    default: undefined,
    example: '6M',
    meaning: 'Upper limit, in bits per second, for the variant of an HLS stream; unset: the best variant.',
  }),
  HLS_MAX_HEIGHT: setting({
    schema: wholeNumber(100, 10_000),
    default: undefined,
    example: '1080',
    meaning: 'The same in lines of the video. If all variants are above a limit, the smallest is taken.',
  }),
  FFMPEG: setting({
    schema: programPath(),
    default: 'auto',
    example: '/usr/bin/ffmpeg',
    meaning:
      'The program for HLS of fragmented MP4 (as a source, and for players), HLS with separate audio playlists, radio, FLV, `rtsp` and `rtmp`: `auto` takes it from `PATH`; `off`, or without it, such streams are refused.',
  }),
  ALLOW_PRIVATE: setting({
    schema: networks(),
    default: undefined,
    whenUnset: (): readonly string[] => [],
    example: '192.168.1.0/24,fd00::/8',
    meaning: "Private networks that entries of playlists may point to; a source's own host is always allowed.",
  }),
} as const
