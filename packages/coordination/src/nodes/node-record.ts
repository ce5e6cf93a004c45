/** One edge process, as others see it in `kptv:<cluster>:node:<incarnation>`. */
export type NodeRecord = {
  readonly incarnation: string
  /** NODE_ID. */
  readonly node: string
  readonly pid: number
  /**
   * The address of its public port for other nodes, without a trailing slash; empty when unknown.
   */
  readonly url: string
  /**
   * The address at which this very process answers other nodes, without a trailing slash; empty
   * when it has none.
   */
  readonly internalUrl: string
  /** Signs requests to it and its answers: for edges of this Redis, never for people. */
  readonly internalKey: string
  readonly version: string
  /** ISO 8601. */
  readonly startedAt: string
  /** A draining node does not want to lead anything. */
  readonly state: 'serving' | 'draining'
  readonly viewers: number
  /** Channels being played. */
  readonly channels: number
}

/** Undefined for anything that is not a node record; never throws. */
export function parseNodeRecord(incarnation: string, fields: Readonly<Record<string, string>>): NodeRecord | undefined {
  const { node, pid, url, internalUrl, internalKey, version, startedAt, state, viewers, channels } = fields
  if (!node) return undefined
  return {
    incarnation,
    node,
    pid: wholeNumber(pid),
    url: plainAddress(url),
    internalUrl: plainAddress(internalUrl),
    internalKey: internalKey ?? '',
    version: version ?? '',
    startedAt: startedAt ?? '',
    state: state === 'draining' ? state : 'serving',
    viewers: wholeNumber(viewers),
    channels: wholeNumber(channels),
  }
}

/**
 * An address to which other nodes send requests: a host and a port, and nothing that could steer
 * requests elsewhere.
 */
function plainAddress(text = ''): string {
  return /^http:\/\/(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):\d{1,5}$/i.test(text) ? text : ''
}

function wholeNumber(text: string | undefined): number {
  const number = Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}
