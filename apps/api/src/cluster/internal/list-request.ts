import { isSame, prove, type Seal } from './seal.ts'

// The third question between edges, while Redis is away: "what segments do you offer?". Only the
// leader of the channel has an answer. It is proven as the first one is, because nothing else says
// whether it is true.

const PATH = '/segments'
const MAX_LENGTH = 512

/** The question as the path of a GET. */
export function writeListQuestion(channelId: string, { key, nonce }: Seal): string {
  return `${PATH}?${new URLSearchParams({ channelId, nonce, proof: prove(key, ['wants list', channelId, nonce]) })}`
}

/** Text of the list of a channel that this process leads; undefined for any other. */
export type LedLists = (channelId: string) => string | undefined

/**
 * The answer to a received question, as JSON.
 *
 * @param target of the request: path and query. Never throws.
 * @returns undefined if it is not a question, or there is no answer
 */
export function answerListQuestion(target: string, key: string, listOf: LedLists): string | undefined {
  const [path, query = ''] = target.length > MAX_LENGTH ? [] : target.split('?', 2)
  if (path !== PATH) return undefined
  const fields = new URLSearchParams(query)
  const [channelId, nonce, proof] = [fields.get('channelId'), fields.get('nonce'), fields.get('proof')]
  if (!channelId || !nonce || !proof || !isSame(proof, prove(key, ['wants list', channelId, nonce]))) return undefined
  const list = listOf(channelId)
  return list && JSON.stringify({ list, proof: prove(key, ['list', channelId, nonce, list]) })
}

/** @returns undefined unless the asked process has said so. Never throws. */
export function readListAnswer(answer: string, channelId: string, { key, nonce }: Seal): string | undefined {
  try {
    const { list, proof } = JSON.parse(answer) as Record<string, unknown>
    if (typeof list !== 'string' || typeof proof !== 'string') return undefined
    return isSame(proof, prove(key, ['list', channelId, nonce, list])) ? list : undefined
  } catch {
    return undefined
  }
}
