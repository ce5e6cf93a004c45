import { describe, expect, test } from '@jest/globals'
import { type Environment, loadAdminPort, loadSettings } from './load-settings.ts'
import { SettingsError } from './settings-error.ts'

const REDIS_URL = 'redis://127.0.0.1:6379'

function problemsOf(environment: Environment): string[] {
  try {
    loadSettings({ REDIS_URL, ...environment })
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n').slice(1)
    throw error
  }
  return []
}

test('the admin port alone needs no other setting', () => {
  expect([loadAdminPort({}), loadAdminPort({ ADMIN_PORT: '9191' })]).toEqual([9090, 9191])
  expect(() => loadAdminPort({ ADMIN_PORT: 'nine' })).toThrow(/ADMIN_PORT/)
})

describe('defaults', () => {
  test('are those of the contract', () => {
    expect(loadSettings({ REDIS_URL, NODE_ID: 'n' })).toEqual({
      port: 8080,
      baseUrl: undefined,
      sources: [],
      sourcesInEnvironment: [],
      sourcesFile: undefined,
      maxBufferSizeBytes: 10 * 1024 * 1024,
      bufferSizePerStreamBytes: 1024 * 1024,
      minDataSizeBytes: 1024,
      logoCacheSizeBytes: 32 * 1024 * 1024,
      cacheEnabled: true,
      cacheDurationMs: 300_000,
      importRefreshIntervalMs: 1_800_000,
      importMinKeep: 0.5,
      importMinKeepGroups: 0.5,
      maxRetries: 3,
      maxFailuresBeforeBlock: 10,
      retryDelayMs: 5_000,
      workerThreads: 10,
      enableRestreaming: true,
      hideUnplayable: true,
      hlsSegmentMs: 4_000,
      hlsBufferBytes: 256 * 1024 * 1024,
      fileGuides: { guides: [], map: {}, eventNames: [] },
      fileChannels: [],
      guideRefreshIntervalMs: 21_600_000,
      hdhomerunDiscovery: false,
      guideDays: 7,
      guideFill: false,
      userAgent: 'kptv-proxy/1.0',
      reqOrigin: undefined,
      reqReferrer: undefined,
      healthCheckTimeoutMs: 30_000,
      hlsMaxBandwidth: undefined,
      hlsMaxHeight: undefined,
      ffmpeg: 'auto',
      sortField: 'tvg-name',
      sortDirection: 'asc',
      groupStripTags: [],
      removedChannelGraceMs: 86_400_000,
      debug: false,
      redisUrl: REDIS_URL,
      relayRedisUrl: REDIS_URL,
      nodeId: 'n',
      edgeProcesses: 1,
      inactiveTimeoutMs: 10_000,
      slate: false,
      drainMaxMs: 30_000,
      clusterTimes: {},
      adminPort: 9090,
      adminHost: '127.0.0.1',
      adminHosts: [],
      adminPassword: undefined,
      adminPasswordFile: undefined,
      internalHost: undefined,
      internalPort: 0,
      trustedProxies: [],
      allowPrivate: [],
      warnings: [],
      webhooks: [],
      webhooksEvents: ['alarms'],
      webhooksLanguage: 'en',
      shown: expect.any(Array),
    })
  })

  test('without NODE_ID a node takes the name of its machine', () => {
    expect(loadSettings({ REDIS_URL }).nodeId).toMatch(/^[\w.-]{1,64}$/)
  })

  test('nothing can be changed afterwards', () => {
    const settings = loadSettings({ REDIS_URL, SOURCES: 'http://a.example/l|2' })
    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.sources[0])).toBe(true)
  })
})

describe('values', () => {
  test.each<[Environment, object]>([
    [{ PORT: '80' }, { port: 80 }],
    [{ BASE_URL: 'https://tv.example.com/kptv/' }, { baseUrl: 'https://tv.example.com/kptv' }],
    [{ BASE_URL: '' }, { baseUrl: undefined }],
    [{ CLUSTER_TIMES: 'lease=6s, warmUp=7s' }, { clusterTimes: { leaseMs: 6_000, warmUpMs: 7_000 } }],
    [{ SOURCES: '' }, { sources: [] }],
    [{ DEBUG: 'TRUE' }, { debug: true }],
    [{ DEBUG: 'yes' }, { debug: true }],
    [{ DEBUG: '1' }, { debug: true }],
    [{ SLATE: 'on' }, { slate: true }],
    [{ ENABLE_RESTREAMING: 'No' }, { enableRestreaming: false }],
    [{ CACHE_ENABLED: '0' }, { cacheEnabled: false }],
    [{ CACHE_DURATION: '0' }, { cacheDurationMs: 0 }],
    [{ SORT_DIRECTION: 'DESC' }, { sortDirection: 'desc' }],
    [{ GROUP_STRIP_TAGS: 'HD, Full HD' }, { groupStripTags: ['HD', 'Full HD'] }],
    [{ REMOVED_CHANNEL_GRACE: '0' }, { removedChannelGraceMs: 0 }],
    [{ EDGE_PROCESSES: 'auto' }, { edgeProcesses: 'auto' }],
    [{ EDGE_PROCESSES: '4' }, { edgeProcesses: 4 }],
    [{ REDIS_URL: 'rediss://user:word@r.example:6380/2' }, { redisUrl: 'rediss://user:word@r.example:6380/2' }],
    [{ RELAY_REDIS_URL: 'redis://relay.example' }, { relayRedisUrl: 'redis://relay.example' }],
    ...[
      'redis://[::1]:6379/0',
      'redis+sentinel://one:26379,two:26379,[::1]:26379/kptv',
      'rediss+sentinel://user:p%40ss@one,two/kptv/3?sentinel_username=watch&sentinel_password=word',
      'redis+cluster://one:6379,two:6380,three',
      'REDISS+cluster://:word@one',
    ].map((redisUrl): [Record<string, string>, object] => [{ REDIS_URL: redisUrl }, { redisUrl }]),
    [
      { ALLOW_PRIVATE: '192.168.1.0/24, 10.0.0.5 fd00::/8' },
      { allowPrivate: ['192.168.1.0/24', '10.0.0.5/32', 'fd00::/8'] },
    ],
  ])('%j', (environment, expected) => {
    expect(loadSettings({ REDIS_URL, ...environment })).toMatchObject(expected)
  })
})

describe('a bad value stops the start', () => {
  const numbers = ['abc', '', '-1', '1e9', '0x10', ' 5 ', '5.5', '0']
  test.each(numbers)('PORT=%j', (value) => {
    expect(problemsOf({ PORT: value })).toEqual([expect.stringMatching(/^ {2}PORT.* a whole number from 1 to 65535$/)])
  })

  test.each<[string, string]>([
    ['PORT', '70000'],
    ['CLUSTER_TIMES', 'lease'],
    ['CLUSTER_TIMES', 'rent=4s'],
    ['CLUSTER_TIMES', 'lease=4'],
    ['CLUSTER_TIMES', 'lease=11m'],
    ['CLUSTER_TIMES', 'lease=4s,lease=5s'],
    ['WORKER_THREADS', '0'],
    ['MAX_RETRIES', 'many'],
    ['DEBUG', 'banana'],
    ['CACHE_ENABLED', ''],
    ['RETRY_DELAY', '5'],
    ['HEALTH_CHECK_TIMEOUT', '0'],
    ['MAX_BUFFER_SIZE', 'ten'],
    ['SORT_DIRECTION', 'up'],
    ['GROUP_STRIP_TAGS', 'HD,,4K'],
    ['REMOVED_CHANNEL_GRACE', 'ever'],
    ['SORT_FIELD', 'a b'],
    ['USER_AGENT', 'a\r\nX-Injected: 1'],
    ['REQ_ORIGIN', 'ä'],
    ['BASE_URL', 'tv.example.com'],
    ['BASE_URL', 'https://tv.example.com/?a=1'],
    ['SOURCES', 'tv.example.com|2'],
    ['REDIS_URL', 'http://redis:6379'],
    ['REDIS_URL', 'redis://a,redis://b'],
    ['REDIS_URL', 'redis://one,two'],
    ['REDIS_URL', 'redis://one:70000'],
    ['REDIS_URL', 'redis://one:0'],
    ['REDIS_URL', 'redis://:%zz@one'],
    ['REDIS_URL', 'redis+sentinel://one,two'],
    ['REDIS_URL', 'redis+sentinel://one,two/kptv?db=1'],
    ['REDIS_URL', 'redis+cluster://one,two/1'],
    ['REDIS_URL', 'redis+cluster://one two'],
    ['REDIS_URL', 'redis+cluster://user:word@one,user:word@two'],
    ['RELAY_REDIS_URL', 'cluster://one,two'],
    ['NODE_ID', 'my node'],
    ['EDGE_PROCESSES', '0'],
    ['ADMIN_HOST', 'no host'],
    ['ADMIN_HOSTS', 'tv.example,,b'],
    ['ADMIN_HOSTS', 'http://tv.example'],
    ['ADMIN_PORT', '8080'],
    ['INTERNAL_HOST', 'no host'],
    ['INTERNAL_PORT', '8080'],
    ['INTERNAL_PORT', '9090'],
    ['ALLOW_PRIVATE', '10.0.0.0/33'],
    ['ALLOW_PRIVATE', 'localhost'],
    ['BUFFER_SIZE_PER_STREAM', '20MB'],
    ['MIN_DATA_SIZE', '2MB'],
  ])('%s=%j is named', (variable, value) => {
    const problems = problemsOf({ [variable]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^  ${variable}=`))
  })

  test.each([
    ['PORT among the admin ports', { ADMIN_PORT: '8078', EDGE_PROCESSES: '3' }],
    ['more admin ports than there are ports', { ADMIN_PORT: '65534', EDGE_PROCESSES: '3' }],
  ])('%s', (_, environment) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(/^ {2}ADMIN_PORT=/)])
  })

  test.each([
    ['PORT among the internal ports', { INTERNAL_PORT: '8078', EDGE_PROCESSES: '3' }],
    ['an admin port among the internal ports', { INTERNAL_PORT: '9089', EDGE_PROCESSES: '2' }],
    ['an internal port among the admin ports', { INTERNAL_PORT: '9092', EDGE_PROCESSES: '3' }],
    ['more internal ports than there are ports', { INTERNAL_PORT: '65534', EDGE_PROCESSES: '3' }],
  ])('%s', (_, environment) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(/^ {2}INTERNAL_PORT=/)])
  })

  test('admin ports may end right before PORT', () => {
    expect(loadSettings({ REDIS_URL, ADMIN_PORT: '8078', EDGE_PROCESSES: '2' }).edgeProcesses).toBe(2)
  })

  test('a missing REDIS_URL is named with an example', () => {
    expect(problemsOf({ REDIS_URL: undefined })).toEqual([
      '  REDIS_URL: is not set; give for example redis://host:6379',
    ])
  })

  test('all are listed at once, in the order of the documentation', () => {
    const problems = problemsOf({ DEBUG: 'banana', PORT: 'abc', SOURCES: 'x|1,http://a.example/|0' })
    expect(problems.map((line) => line.trim().split(/[=:]/)[0])).toEqual(['SOURCES', 'SOURCES', 'PORT', 'DEBUG'])
  })

  test('no secret is shown', () => {
    const secrets = {
      SOURCES: 'ftp://canary:canary@a/',
      REDIS_URL: 'redi://:canary@a',
      BASE_URL: 'ftp://canary:canary@a',
    }
    const problems = problemsOf(secrets)
    expect(problems).toHaveLength(3)
    expect(problems.join()).not.toContain('canary')
  })

  test.each([
    ['redis+cluster://ann:canary@one,two/5', 'redis+cluster://(hidden)@one,two/5'],
    ['redis+sentinel://one,two?sentinel_password=canary', 'redis+sentinel://one,two?(hidden)'],
    ['redis://ann:can@ary/canary@one,two', 'redis://(hidden)@one,two'],
    ['redis://:canary', '(hidden)'],
    ['ann:canary', '(hidden)'],
  ])('REDIS_URL=%s is shown as %s', (value, shown) => {
    expect(problemsOf({ REDIS_URL: value })).toEqual([
      expect.stringMatching(/: must be redis:\/\/.*redis\+sentinel:\/\/.*redis\+cluster:\/\/.*rediss/),
    ])
    expect(problemsOf({ REDIS_URL: value })[0]).toMatch(`  REDIS_URL=${shown}: `)
  })

  test('control characters of a value do not reach the terminal', () => {
    expect(problemsOf({ PORT: '\u001b[31m1' })[0]).toContain('PORT="\\u001b[31m1"')
  })
})

describe('warnings', () => {
  test.each([
    ['SOURCE', 'SOURCES'],
    ['PROT', 'PORT'],
    ['CACHE_DURATON', 'CACHE_DURATION'],
    ['IMPORT_REFRESH_INTERVALS', 'IMPORT_REFRESH_INTERVAL'],
  ])('%s may be meant as %s', (given, meant) => {
    expect(loadSettings({ REDIS_URL, [given]: '1' }).warnings).toEqual([
      `${given} is not a setting; did you mean ${meant}?`,
    ])
  })

  test('ordinary variables are left alone', () => {
    const usual = [
      'HOST',
      'PATH',
      'HOME',
      'PWD',
      'USER',
      'TERM',
      'LANG',
      'SHELL',
      'NODE_ENV',
      'PORTS_OPEN',
      'HOSTNAME',
      'REDIS_HOST',
    ]
    expect(loadSettings({ REDIS_URL, ...Object.fromEntries(usual.map((name) => [name, 'x'])) }).warnings).toEqual([])
  })
})
