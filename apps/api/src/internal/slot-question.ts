import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SlotQuestion } from '@kptv/coordination'

// One question between edges: "have you left this slot?". Who asks and who answers show that they are edges of the same Redis: they
// know the incarnation of the one that is asked, which is random and in no message. So nothing else that happens to listen at an
// address (another machine behind the same private address, say) can give an answer that counts.

const PATH = '/slot/left'
/** Longer than any question of ours. */
const LONGEST = 1_024

/** What of it travels; the incarnation is its key. */
type Asked = Omit<SlotQuestion, 'incarnation'> & { readonly nonce: string }

/** The question as the path of a GET. @param nonce random, new for each question, so that no old answer fits */
export function writeQuestion({ incarnation, slotId, accountId, channelId }: SlotQuestion, nonce: string): string {
  const asked = { slotId, accountId, channelId, nonce }
  return `${PATH}?${new URLSearchParams({ ...asked, proof: prove(incarnation, ['asks', asked]) })}`
}

/** Who is asked, as it knows itself. */
export type Asking = {
  /** All that it has been since its start. */
  readonly incarnations: readonly string[]
  hasLeft(slot: Omit<SlotQuestion, 'incarnation'>): boolean
}

/**
 * The answer to what somebody has sent, as JSON.
 *
 * @param target of the request: path and query. Never throws.
 * @returns undefined when it is no question, or is not asked of this process
 */
export function answerQuestion(target: string, { incarnations, hasLeft }: Asking): string | undefined {
  const [path, query = ''] = target.length > LONGEST ? [] : target.split('?', 2)
  if (path !== PATH) return undefined
  const fields = new URLSearchParams(query)
  const [slotId, accountId, channelId] = [fields.get('slotId'), fields.get('accountId'), fields.get('channelId')]
  const [nonce, proof] = [fields.get('nonce'), fields.get('proof')]
  if (!slotId || !accountId || !channelId || !nonce || !proof) return undefined
  const asked = { slotId, accountId, channelId, nonce }
  const incarnation = incarnations.find((one) => isSame(proof, prove(one, ['asks', asked])))
  if (incarnation === undefined) return undefined
  const left = hasLeft({ slotId, accountId, channelId })
  return JSON.stringify({ left, proof: prove(incarnation, [left ? 'left' : 'not left', asked]) })
}

/** Whether the answer to that question is proof that the slot was left. Anything odd is none. Never throws. */
export function isProofOfLeaving(answer: string, question: SlotQuestion, nonce: string): boolean {
  const { incarnation, slotId, accountId, channelId } = question
  try {
    const { left, proof } = JSON.parse(answer) as Record<string, unknown>
    const expected = prove(incarnation, ['left', { slotId, accountId, channelId, nonce }])
    return left === true && typeof proof === 'string' && isSame(proof, expected)
  } catch {
    return false
  }
}

function prove(incarnation: string, [what, asked]: readonly ['asks' | 'left' | 'not left', Asked]): string {
  const { slotId, accountId, channelId, nonce } = asked
  return createHmac('sha256', incarnation)
    .update(JSON.stringify([what, slotId, accountId, channelId, nonce]))
    .digest('hex')
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
