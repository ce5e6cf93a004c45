import { randomBytes } from 'node:crypto'
import type { NodeRecord } from '@kptv/coordination'
import { readListAnswer, writeListQuestion } from './list-request.ts'

/** Players wait for it. */
const ANSWER_MS = 1_500

/** The list from the edge that leads the channel; undefined from others. Never throws. */
export async function fetchListFrom(
  { internalUrl = '', internalKey: key = '' }: Partial<Pick<NodeRecord, 'internalUrl' | 'internalKey'>>,
  channelId: string,
): Promise<string | undefined> {
  if (internalUrl === '' || key === '') return undefined
  const seal = { key, nonce: randomBytes(16).toString('hex') }
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const response = await fetch(`${internalUrl}${writeListQuestion(channelId, seal)}`, { redirect: 'error', signal })
    return readListAnswer(await response.text(), channelId, seal)
  } catch {
    return undefined
  }
}
