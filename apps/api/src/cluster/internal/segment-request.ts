import { readSeries, type SegmentSeries, writeSeries } from '../../http/segment-format.ts'
import { isSame, prove, type Seal } from './seal.ts'

// The second question between edges: "give me this segment". It is signed as the first one is. The
// answer is not: its bytes must have the checksum that the leader wrote to Redis.

const PATH = '/segment'
const MAX_LENGTH = 512

export type SegmentRef = SegmentSeries & { readonly number: number }

/** The question as the path of a GET. */
export function writeSegmentQuestion({ number, ...series }: SegmentRef, { key, nonce }: Seal): string {
  const asked = { channelId: writeSeries(series), number: String(number), nonce }
  return `${PATH}?${new URLSearchParams({ ...asked, proof: proofOf(asked, key) })}`
}

/** @returns undefined when it is another question, or is not asked by an edge. Never throws. */
export function readSegmentQuestion(target: string, key: string): SegmentRef | undefined {
  const [path, query = ''] = target.length > MAX_LENGTH ? [] : target.split('?', 2)
  if (path !== PATH) return undefined
  const fields = new URLSearchParams(query)
  const [channelId, number] = [fields.get('channelId'), fields.get('number')]
  const [nonce, proof] = [fields.get('nonce'), fields.get('proof')]
  if (!channelId || !number || !nonce || !proof) return undefined
  if (!isSame(proof, proofOf({ channelId, number, nonce }, key)) || !Number.isSafeInteger(Number(number)))
    return undefined
  return { ...readSeries(channelId), number: Number(number) }
}

type Asked = { readonly channelId: string; readonly number: string; readonly nonce: string }

function proofOf({ channelId, number, nonce }: Asked, key: string): string {
  return prove(key, ['wants segment', channelId, number, nonce])
}
