import { randomBytes } from 'node:crypto'
import type { AskHolder, Nodes } from '@kptv/coordination'
import type { Logger } from '@kptv/logging'
import { isProofOfLeaving, writeQuestion } from './slot-question.ts'

/** Whoever is asked is near; one that is frozen does not answer at all. */
const ANSWER_MS = 500
const MAX_ANSWER = 1_024

export type AskHolderOptions = {
  readonly nodes: Pick<Nodes, 'lastKnown'>
  readonly logger: Logger
}

/**
 * Asks the process that holds a slot in Redis, at its internal port, whether it has left it. Only its own answer counts: that nobody listens
 * there, or somebody else does, may have many reasons.
 */
export function createAskHolder({ nodes, logger }: AskHolderOptions): AskHolder {
  return async (question) => {
    const { internalUrl = '', internalKey: key = '', node } = nodes.lastKnown(question.incarnation) ?? {}
    if (internalUrl === '' || key === '') return false
    const seal = { key, nonce: randomBytes(16).toString('hex') }
    const answer = await fetchShort(`${internalUrl}${writeQuestion(question, seal)}`).catch(() => '')
    const isLeft = isProofOfLeaving(answer, question, seal)
    const { accountId, channelId } = question
    if (isLeft) logger.info({ node, accountId, channelId }, 'a node that is cut off says that it has left its slot')
    else
      logger.debug({ node, accountId, channelId }, 'a node that renews no more does not say that it has left its slot')
    return isLeft
  }
}

async function fetchShort(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) })
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  if (response.status === 200 && length <= MAX_ANSWER) return await response.text()
  await response.body?.cancel()
  return ''
}
