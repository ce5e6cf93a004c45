import { loginsOf, type Source, type SourceLogin } from '@kptv/config'
import { type PanelAccount, readPanelAccount } from '@kptv/playlist'
import { PanelError } from './panel-error.ts'
import type { FetchBody } from './read-panel.ts'

type LoginReport = { readonly login: SourceLogin; readonly account?: PanelAccount; readonly error?: unknown }

const MAX_ANSWER_BYTES = 256 * 1024

/** Logs in with each login of the source, one after the other: panels dislike haste. */
export async function logIn(source: Source, fetchBody: FetchBody): Promise<LoginReport[]> {
  const reports: LoginReport[] = []
  for (const login of loginsOf(source)) {
    try {
      reports.push({ login, account: await accountOf(login, fetchBody) })
    } catch (error) {
      reports.push({ login, error })
    }
  }
  return reports
}

/**
 * The first login that the panel accepts.
 *
 * @throws the error of the first one when no login could be tried, else a PanelError with the
 * reason
 */
export function usableLogin(reports: readonly LoginReport[]): SourceLogin {
  const accepted = reports.find(({ account }) => account?.isAccepted)
  if (accepted !== undefined) return accepted.login
  const refused = reports.find(({ account }) => account !== undefined)?.account
  if (refused === undefined) throw reports[0]?.error
  const why = REASONS[refused.status] ?? 'the panel refuses the login: user name or password is wrong'
  throw new PanelError('login-refused', why)
}

const REASONS: Readonly<Partial<Record<PanelAccount['status'], string>>> = {
  expired: 'the panel refuses the login: it has expired',
  banned: 'the panel refuses the login: it is banned',
  disabled: 'the panel refuses the login: it is disabled',
}

async function accountOf({ url }: SourceLogin, fetchBody: FetchBody): Promise<PanelAccount> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of await fetchBody(url)) {
    bytes += piece.length
    if (bytes > MAX_ANSWER_BYTES) break
    pieces.push(piece)
  }
  const account = readPanelAccount(jsonOf(Buffer.concat(pieces).toString()))
  if (account === undefined) throw new PanelError('no-panel', 'the address does not answer as an Xtream panel does')
  return account
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}
