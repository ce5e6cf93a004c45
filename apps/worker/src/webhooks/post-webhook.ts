import type { Webhook } from '@kptv/config'
import type { Message } from './message.ts'
import { retryAfterMs, WebhookFailure } from './webhook-failure.ts'

const ANSWER_MS = 10_000

/**
 * Sends a message. Redirects are not followed: the operator has named where messages may go, the
 * private network included, and nobody else may.
 *
 * @throws WebhookFailure
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
    throw new WebhookFailure({ code: reasonOf(error) })
  })
  await answer.body?.cancel().catch(() => undefined)
  if (answer.ok) return
  throw new WebhookFailure({
    status: answer.status,
    retryAfterMs: retryAfterMs(answer.headers.get('retry-after'), Date.now()),
  })
}

/** A code such as `ECONNREFUSED`: texts of these errors may hold the address. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : (name ?? 'unknown')
}
