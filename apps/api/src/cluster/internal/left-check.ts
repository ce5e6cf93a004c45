import { randomBytes } from 'node:crypto'
import type { joinCluster } from '@kptv/coordination'
import type { Logger } from '@kptv/logging'
import { isProofOfLeaving, writeQuestion } from './left-request.ts'

/** The holder is near; one that is frozen does not answer at all. */
const ANSWER_MS = 500
const MAX_ANSWER_BYTES = 1_024

/**
 * Requests from the process that holds a slot in Redis, at its internal port, whether it has left
 * it. Only its own answer counts: a closed port, or another listener there, may have many reasons.
 */
export function createLeftCheck(
  logger: Logger,
  answerMs = ANSWER_MS,
): Parameters<typeof joinCluster>[0]['confirmLeft'] {
  return async (slot, holder) => {
    const { internalUrl = '', internalKey: key = '', node } = holder ?? {}
    if (internalUrl === '' || key === '') return false
    const seal = { key, nonce: randomBytes(16).toString('hex') }
    const answer = await fetchShort(`${internalUrl}${writeQuestion(slot, seal)}`, answerMs).catch(() => '')
    const isLeft = isProofOfLeaving(answer, slot, seal)
    const { accountId, channelId } = slot
    if (isLeft)
      logger.info({ node, accountId, channelId }, 'node cut off from Redis confirms that it has left its slot')
    else
      logger.debug({ node, accountId, channelId }, 'node without renewals does not confirm that it has left its slot')
    return isLeft
  }
}

async function fetchShort(url: string, answerMs: number): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(answerMs) })
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  if (response.status === 200 && length <= MAX_ANSWER_BYTES) return await response.text()
  await response.body?.cancel()
  return ''
}
