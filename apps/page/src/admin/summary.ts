import type { LiveState } from '@kptv/contract'

export type LiveProblem = { readonly key: string; readonly text: string; readonly source?: string }

/** What the head line says. */
export function summaryOf({ nodes, channels, sources, notices }: LiveState) {
  const present = Object.values(nodes).filter(({ state }) => state !== 'gone')
  const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
    rows.reduce((total, row) => total + of(row), 0)
  const alarms = Object.entries(sources).flatMap(([id, { name, alarm }]): LiveProblem[] =>
    alarm === null ? [] : [{ key: `source-${id}`, text: alarm, source: name }],
  )
  const problems = Object.entries(notices).map(([id, { text }]): LiveProblem => ({ key: `notice-${id}`, text }))
  return {
    viewers: sum(present, ({ viewers }) => viewers),
    channels: Object.keys(channels).length,
    nodes: present.length,
    gone: Object.keys(nodes).length - present.length,
    receivedBitsPerSecond: sum(Object.values(channels), ({ bitsPerSecond }) => bitsPerSecond),
    sentBitsPerSecond: sum(present, ({ sentBitsPerSecond }) => sentBitsPerSecond),
    problems: [...alarms, ...problems],
  }
}
