import { randomBytes } from 'node:crypto'
import type { NodeRecord } from '@kptv/coordination'
import { type SegmentRef, writeSegmentQuestion } from './segment-request.ts'

/** Several megabytes within the cluster; a node that is frozen does not answer at all. */
const ANSWER_MS = 3_000

/** A segment from another edge, in parts; undefined if it has none of this length. Never throws. */
export async function fetchSegmentFrom(
  { internalUrl = '', internalKey: key = '' }: Partial<Pick<NodeRecord, 'internalUrl' | 'internalKey'>>,
  segment: SegmentRef & { readonly bytes: number },
): Promise<Buffer[] | undefined> {
  if (internalUrl === '' || key === '') return undefined
  const question = writeSegmentQuestion(segment, { key, nonce: randomBytes(16).toString('hex') })
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const response = await fetch(`${internalUrl}${question}`, { redirect: 'error', signal })
    if (response.status !== 200 || Number(response.headers.get('content-length')) !== segment.bytes) {
      await response.body?.cancel()
      return undefined
    }
    return [Buffer.from(await response.arrayBuffer())]
  } catch {
    return undefined
  }
}
