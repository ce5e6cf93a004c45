/**
 * Whether an error of BullMQ only repeats that Redis is away: it reports each attempt of each of
 * its connections, while the connections themselves report the outage once.
 */
export function isConnectionTrouble(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  return CONNECTION_CODES.has(String(code)) || CONNECTION_MESSAGES.test(String(message))
}

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

// The later ones come from a Redis Cluster that cannot be asked, or lacks a primary, and from
// Sentinels.
const CONNECTION_MESSAGES =
  /^(Connection is closed|connect E|CLUSTERDOWN|Failed to refresh slots cache|All sentinels are unreachable|None of startup nodes is available|Cluster isn't ready)/
