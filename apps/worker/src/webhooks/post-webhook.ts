import type { Webhook } from '@kptv/config'
import { NotWorthRetrying } from '@kptv/jobs'
import type { Message } from './message.ts'

const ANSWER_MS = 10_000
/** Of the answers below 500, those that another attempt may change. */
const WORTH_RETRYING: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * Sends a message. Redirects are not followed: the operator has named where messages may go, the
 * private network included, and nobody else may.
 *
 * @throws NotWorthRetrying when the receiver refuses it, Error when it may be sent again; neither
 *   names the address
 */
export async function postWebhook(webhook: Webhook, message: Message, stop: AbortSignal): Promise<void> {
  const { url, authorization } = webhook
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'User-Agent': 'KPTV', ...message.headers, ...(authorization !== undefined && { authorization }) },
    body: message.body,
    redirect: 'manual',
    signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]),
  }).catch((error: unknown) => {
    throw new Error(`the webhook cannot be reached: ${reasonOf(error)}`)
  })
  await answer.body?.cancel().catch(() => undefined)
  if (answer.ok) return
  const reason = `the webhook answered ${answer.status}`
  if (answer.status < 500 && !WORTH_RETRYING.has(answer.status)) throw new NotWorthRetrying(reason)
  throw new Error(reason)
}

/** A code such as `ECONNREFUSED`: texts of these errors may hold the address. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : (name ?? 'unknown')
}
