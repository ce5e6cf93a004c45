import { duration, size, wholeNumber, yesOrNo } from '../value-schemas.ts'
import { setting } from './setting.ts'

/** Channels in play: memory, failover, waiting. */
export const PLAYBACK_SETTINGS = {
  MAX_BUFFER_SIZE: setting({
    schema: size('64KB', '1024GB'),
    unit: 'Bytes',
    default: '10MB',
    example: '256MB',
    meaning: 'Memory for the rings of all channels of a node together.',
  }),
  BUFFER_SIZE_PER_STREAM: setting({
    schema: size('64KB', '4GB'),
    unit: 'Bytes',
    default: '1MB',
    example: '8MB',
    meaning: 'Memory for the ring of one channel; a join point must fit, so high bit rates need more.',
  }),
  HLS_SEGMENT: setting({
    schema: duration('2s', '10s'),
    unit: 'Ms',
    default: '4s',
    example: '6s',
    meaning: 'Length of an HLS segment; it ends at the first key frame after that. The same on all nodes.',
  }),
  HLS_BUFFER: setting({
    schema: size('8MB', '1024GB'),
    unit: 'Bytes',
    default: '256MB',
    example: '1GB',
    meaning:
      'Memory for the HLS segments of a node, about a minute of each channel that is watched by HLS; taken only while there are such channels.',
  }),
  MIN_DATA_SIZE: setting({
    schema: size('1', '16MB'),
    unit: 'Bytes',
    default: '1KB',
    example: '188',
    meaning: 'Media that must have arrived before a stream counts as started.',
  }),
  ENABLE_RESTREAMING: setting({
    schema: yesOrNo(),
    default: 'true',
    example: 'false',
    meaning: 'Whether viewers share the connection of a channel; `false`: each viewer has its own connection and slot.',
  }),
  MAX_RETRIES: setting({
    schema: wholeNumber(1, 100),
    default: '3',
    example: '5',
    meaning: 'Attempts on one stream before this playback gives it up.',
  }),
  MAX_FAILURES_BEFORE_BLOCK: setting({
    schema: wholeNumber(1, 10_000),
    default: '10',
    example: '3',
    meaning: 'Failures after which a stream rests, on all nodes.',
  }),
  RETRY_DELAY: setting({
    schema: duration('10ms', '10m'),
    unit: 'Ms',
    default: '5s',
    example: '2s',
    meaning: 'Pause after all streams of a channel failed once; doubled each round.',
  }),
  INACTIVE_TIMEOUT: setting({
    schema: duration('0', '1h'),
    unit: 'Ms',
    default: '10s',
    example: '30s',
    meaning: 'How long a channel without viewers keeps its connection.',
  }),
  SLATE: setting({
    schema: yesOrNo(),
    default: 'off',
    example: 'on',
    meaning:
      'Whether viewers keep their response, with the last frame, while all streams of their channel fail; `off`: the response ends after the last round.',
  }),
} as const
