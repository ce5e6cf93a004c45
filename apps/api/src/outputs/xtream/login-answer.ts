import type { ErrorCode } from '@kptv/contract'
import type { Caller } from '../../users/caller.ts'

/**
 * Apps read a missing or empty end as a number, and fail: users without one get a day far away,
 * which still fits into 31 bits.
 */
const FAR_AWAY_S = 2_145_916_800
/** Apps take 0 for "no connection at all". */
const UNLIMITED = 1_000

type LoginFacts = {
  readonly caller: Caller
  /** The name in the request, where there are no users. */
  readonly name: string
  /** Streams of the user, on all nodes. */
  readonly watching: number
  /** Of the links. */
  readonly base: URL
  readonly nowMs: number
}

/**
 * The answer to a correct login. The password is never sent back: a token replaces it.
 */
export function loginAnswer({ caller: { user, linkToken }, name, watching, base, nowMs }: LoginFacts): object {
  const { protocol, hostname } = base
  const isSecure = protocol === 'https:'
  const port = base.port || (isSecure ? '443' : '80')
  const limit = user === undefined || user.streams === Number.POSITIVE_INFINITY ? UNLIMITED : user.streams
  return {
    user_info: {
      username: user?.name ?? name,
      password: linkToken ?? 'none',
      message: '',
      auth: 1,
      status: 'Active',
      exp_date: String(user?.endAtMs === undefined ? FAR_AWAY_S : Math.floor(user.endAtMs / 1000)),
      is_trial: '0',
      active_cons: String(watching),
      created_at: '0',
      max_connections: String(limit),
      allowed_output_formats: ['ts', 'm3u8'],
    },
    server_info: {
      url: hostname,
      port,
      https_port: isSecure ? port : '',
      server_protocol: isSecure ? 'https' : 'http',
      rtmp_port: '',
      timezone: 'UTC',
      timestamp_now: Math.floor(nowMs / 1000),
      time_now: xtreamTime(nowMs),
    },
  }
}

/** A refused login: with status 200, since apps read no other one. */
export function refusedAnswer(code: ErrorCode, message: string): object {
  const status = { 'access-ended': 'Expired', 'network-not-allowed': 'Banned' }[code as string] ?? 'Disabled'
  return { user_info: { auth: 0, status, message } }
}

/** `2026-11-30 20:15:00`, in UTC. */
export function xtreamTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
}
