import { expect, test } from '@jest/globals'
import { loadSettings } from './load-settings.ts'

const load = (settings: Readonly<Record<string, string>>) =>
  loadSettings({ REDIS_URL: 'redis://127.0.0.1:6379', ...settings })

/** As people have them in the `docker-compose.yaml` of the original. */
test.each<[string, Record<string, string>, object]>([
  ['a larger cache', { CACHE_DURATION: '1h' }, { cacheDurationMs: 3_600_000 }],
  ['a shorter cache', { CACHE_DURATION: '1m' }, { cacheDurationMs: 60_000 }],
  ['no cache', { CACHE_DURATION: '0' }, { cacheDurationMs: 0 }],
  ['no cache, by its switch', { CACHE_ENABLED: 'false' }, { cacheEnabled: false }],
  ['another port', { PORT: '9500', BASE_URL: 'http://your-server-ip:9500' }, { port: 9500 }],
  [
    'much memory, in bytes',
    { WORKER_THREADS: '50', MAX_BUFFER_SIZE: '52428800', BUFFER_SIZE_PER_STREAM: '5242880', MIN_DATA_SIZE: '2048' },
    { maxBufferSizeBytes: 52_428_800, bufferSizePerStreamBytes: 5_242_880, minDataSizeBytes: 2_048 },
  ],
  ['sorted by group', { SORT_FIELD: 'group-title', SORT_DIRECTION: 'desc' }, { sortField: 'group-title' }],
  ['sorted by logo', { SORT_FIELD: 'tvg-logo', SORT_DIRECTION: 'asc' }, { sortField: 'tvg-logo' }],
  ['one connection for each viewer', { ENABLE_RESTREAMING: 'false' }, { enableRestreaming: false }],
  ['many words in the log', { DEBUG: 'true' }, { debug: true }],
  [
    'patience',
    { MAX_RETRIES: '5', MAX_FAILURES_BEFORE_BLOCK: '5', RETRY_DELAY: '10s', HEALTH_CHECK_TIMEOUT: '45s' },
    { maxRetries: 5, maxFailuresBeforeBlock: 5, retryDelayMs: 10_000, healthCheckTimeoutMs: 45_000 },
  ],
  [
    'the header fields of a player',
    {
      USER_AGENT: 'Mozilla/5.0 (Smart TV; Linux)',
      REQ_ORIGIN: 'https://provider.com',
      REQ_REFERRER: 'https://provider.com/',
    },
    {
      userAgent: 'Mozilla/5.0 (Smart TV; Linux)',
      reqOrigin: 'https://provider.com',
      reqReferrer: 'https://provider.com/',
    },
  ],
  ['empty ones', { REQ_ORIGIN: '', REQ_REFERRER: '', BASE_URL: '' }, { reqOrigin: undefined, reqReferrer: undefined }],
])('%s is read as the original reads it', (_, settings, expected) => {
  expect(load(settings)).toMatchObject(expected)
})

test.each([':', '|'])('sources with their limits after a %s', (mark) => {
  const { sources } = load({
    SOURCES: `http://source1.com/playlist.m3u8${mark}5,http://source2.com:8080/playlist.m3u8${mark}10`,
  })
  expect(sources.map(({ url, limit }) => [url, limit])).toEqual([
    ['http://source1.com/playlist.m3u8', 5],
    ['http://source2.com:8080/playlist.m3u8', 10],
  ])
})
