import { countOf, panelItem, textOf } from './panel-fields.ts'

/** What a panel says about a login. */
export type PanelAccount = {
  /** `false`: wrong, or not usable at the moment; see `status`. */
  readonly isAccepted: boolean
  /** One of the words that panels use, in lower case; `unknown` for any other. */
  readonly status: (typeof STATUSES)[number]
  /** Missing: it has no end, or the panel does not say. */
  readonly expiresAtMs?: number
  /** Streams at once; missing: no limit, or unknown. */
  readonly maxConnections?: number
  /** Streams that the panel counts now, ours among them. */
  readonly activeConnections?: number
  /** The zone of its local times, such as `Europe/London`. */
  readonly timeZone?: string
}

const STATUSES = ['active', 'trial', 'expired', 'banned', 'disabled', 'unknown'] as const
const REFUSED: ReadonlySet<string> = new Set(['expired', 'banned', 'disabled'])

/** The answer of `player_api.php` without an action; undefined when it is something else. */
export function readPanelAccount(answer: unknown): PanelAccount | undefined {
  const body = panelItem(answer)
  const user = panelItem(body?.user_info)
  if (user === undefined) return undefined
  const status = statusOf(user.status)
  const auth = countOf(user.auth === true ? 1 : user.auth === false ? 0 : user.auth)
  const expiresAtS = countOf(user.exp_date)
  const maxConnections = countOf(user.max_connections)
  const timeZone = textOf(panelItem(body?.server_info)?.timezone)
  return {
    // Some panels leave `auth` out of a correct answer.
    isAccepted:
      auth === undefined ? !REFUSED.has(status) && user.username !== undefined : auth !== 0 && !REFUSED.has(status),
    status,
    ...(expiresAtS ? { expiresAtMs: expiresAtS * 1000 } : {}),
    ...(maxConnections ? { maxConnections } : {}),
    ...optional('activeConnections', countOf(user.active_cons)),
    ...optional('timeZone', isZone(timeZone) ? timeZone : undefined),
  }
}

function statusOf(written: unknown): PanelAccount['status'] {
  const word = textOf(written).toLowerCase()
  return STATUSES.find((status) => status === word) ?? 'unknown'
}

function isZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}
