/** One edge process, as others see it in `kptv:<cluster>:node:<incarnation>`. */
export type NodeRecord = {
  incarnation: string
  /** NODE_ID. */
  node: string
  pid: number
  /** Where its public port is reached by other nodes, without a slash at the end; empty when unknown. */
  url: string
  /** Where this very process answers other nodes, without a slash at the end; empty when it does not. */
  internalUrl: string
  /** Signs the questions to it and its answers: for edges of this Redis, never for people. */
  internalKey: string
  version: string
  /** ISO 8601. */
  startedAt: string
  /** One that drains does not want to lead anything. */
  state: 'serving' | 'draining'
  viewers: number
  /** Channels in play. */
  channels: number
}

/** Undefined for anything that is not such a record; never throws. */
export function parseNodeRecord(incarnation: string, fields: Readonly<Record<string, string>>): NodeRecord | undefined {
  const { node, pid, url, internalUrl, internalKey, version, startedAt, state, viewers, channels } = fields
  if (!node) return undefined
  return {
    incarnation,
    node,
    pid: wholeNumber(pid),
    url: url ?? '',
    internalUrl: internalUrl ?? '',
    internalKey: internalKey ?? '',
    version: version ?? '',
    startedAt: startedAt ?? '',
    state: state === 'draining' ? state : 'serving',
    viewers: wholeNumber(viewers),
    channels: wholeNumber(channels),
  }
}

function wholeNumber(text: string | undefined): number {
  const number = Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}
