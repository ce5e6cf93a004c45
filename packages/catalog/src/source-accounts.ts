import type { Alarm } from './alarm.ts'
import { isText, parseJson } from './record-format.ts'

/** What a provider said about a login of a source at the last import. Holds no credentials. */
export type SourceAccount = {
  /** Id of the account, as in slots. */
  readonly account: string
  /** ISO 8601, UTC. */
  readonly checkedAt: string
  readonly isAccepted: boolean
  readonly status: 'active' | 'trial' | 'expired' | 'banned' | 'disabled' | 'unknown' | 'unreached'
  readonly expiresAt?: string
  readonly maxConnections?: number
  /** Connections that the provider counted, ours among them. */
  readonly activeConnections?: number
  /** The zone of the provider's local times. */
  readonly timeZone?: string
}

const WEEK_MS = 7 * 24 * 3_600_000

/** What an operator should know about a login. @param limit Connections that the settings allow. */
export function accountAlarms(account: SourceAccount, limit: number, nowMs: number): Alarm[] {
  const { status, isAccepted, checkedAt: since, expiresAt, maxConnections } = account
  const alarms: Alarm[] = []
  if (status === 'unreached') return alarms
  const leftMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - nowMs
  if (leftMs <= 0 || status === 'expired') {
    alarms.push({ code: 'account-expired', message: 'The subscription has expired.', since })
  } else if (!isAccepted) {
    alarms.push({ code: 'account-refused', message: 'The provider refuses this login.', since })
  } else if (leftMs <= WEEK_MS) {
    const message = `The subscription ends on ${expiresAt?.slice(0, 10)}.`
    alarms.push({ code: 'account-expires-soon', message, since })
  }
  if (maxConnections !== undefined && maxConnections < limit) {
    const allows = `the provider allows ${maxConnections}`
    const message = `The limit of this source is higher than that of its account: ${allows}.`
    alarms.push({ code: 'account-limit-too-high', message, since })
  }
  return alarms
}

/** Never throws; what cannot be read is left out. */
export function decodeAccounts(text: string | undefined): SourceAccount[] {
  const value = parseJson(text)
  return Array.isArray(value) ? value.filter(isAccount) : []
}

function isAccount(value: unknown): value is SourceAccount {
  const { account, checkedAt, isAccepted, status } = (value ?? {}) as Record<string, unknown>
  return isText(account) && isText(checkedAt) && typeof isAccepted === 'boolean' && isText(status)
}
