import type { REDIS_AWAY as ID_OF_NOTICE, LiveState } from '@kptv/contract'

type LiveProblem = { readonly key: string; readonly text: string; readonly source?: string }

/** Their text comes in the language of the page. */
const REDIS_AWAY: typeof ID_OF_NOTICE = 'redis-away'

/** Phases of a channel that has no connection, because there is none to have. */
const WAITING: ReadonlySet<string> = new Set(['reserving', 'waiting'])

/** What the head line says. */
export function summaryOf({ nodes, channels, sources, notices }: LiveState) {
  const present = Object.values(nodes).filter(({ state }) => state !== 'gone')
  const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
    rows.reduce((total, row) => total + of(row), 0)
  const alarms = Object.entries(sources).flatMap(([id, { name, alarm }]): LiveProblem[] =>
    alarm === null ? [] : [{ key: `source-${id}`, text: alarm, source: name }],
  )
  const { [REDIS_AWAY]: redisAway, ...others } = notices
  const problems = Object.entries(others).map(([id, { text }]): LiveProblem => ({ key: `notice-${id}`, text }))
  const direct = sum(present, (node) => sum(node.direct, ({ viewers }) => viewers))
  return {
    viewers: sum(present, ({ viewers }) => viewers) - direct,
    direct,
    channels: Object.keys(channels).length,
    nodes: present.length,
    gone: Object.keys(nodes).length - present.length,
    receivedBitsPerSecond: sum(Object.values(channels), ({ bitsPerSecond }) => bitsPerSecond),
    sentBitsPerSecond: sum(present, ({ sentBitsPerSecond }) => sentBitsPerSecond),
    isRedisAway: redisAway !== undefined,
    waiting: Object.values(channels).filter(({ phase }) => WAITING.has(phase)).length,
    problems: [...alarms, ...problems],
  }
}
