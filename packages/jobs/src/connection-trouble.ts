/**
 * Whether an error of BullMQ only repeats that Redis is away: it reports each attempt of each of its connections, while
 * the connections themselves tell the outage once.
 */
export function isConnectionTrouble(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return CONNECTION_CODES.has(String(code)) || /^(Connection is closed|connect E)/.test(String(message))
}

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])
