import type { SlotRef } from '@kptv/coordination'
import { isSame, prove, type Seal } from './seal.ts'

// One question between edges: "have you left this slot?". Both sides prove that they are edges of
// the same Redis: they know the random key in the asked process's node record, which appears in no
// message, log or status. So another listener at the same address (such as another machine with the
// same private address) cannot give a valid answer.

const PATH = '/slot/left'
/** Longer than any question of ours. */
const LONGEST = 1_024

/** The part that is sent. */
type Asked = Omit<SlotRef, 'incarnation'> & { readonly nonce: string }

/** The question as the path of a GET. */
export function writeQuestion({ slotId, accountId, channelId }: SlotRef, { key, nonce }: Seal): string {
  const asked = { slotId, accountId, channelId, nonce }
  return `${PATH}?${new URLSearchParams({ ...asked, proof: proofOf(key, ['asks', asked]) })}`
}

/** The asked process, as it knows itself. */
export type Asking = {
  readonly key: string
  hasLeft(slot: Omit<SlotRef, 'incarnation'>): boolean
}

/**
 * The answer to a received question, as JSON.
 *
 * @param target of the request: path and query. Never throws.
 * @returns undefined if it is not a question, or meant for another process
 */
export function answerQuestion(target: string, { key, hasLeft }: Asking): string | undefined {
  const [path, query = ''] = target.length > LONGEST ? [] : target.split('?', 2)
  if (path !== PATH) return undefined
  const fields = new URLSearchParams(query)
  const [slotId, accountId, channelId] = [fields.get('slotId'), fields.get('accountId'), fields.get('channelId')]
  const [nonce, proof] = [fields.get('nonce'), fields.get('proof')]
  if (!slotId || !accountId || !channelId || !nonce || !proof) return undefined
  const asked = { slotId, accountId, channelId, nonce }
  if (!isSame(proof, proofOf(key, ['asks', asked]))) return undefined
  const left = hasLeft({ slotId, accountId, channelId })
  return JSON.stringify({ left, proof: proofOf(key, [left ? 'left' : 'not left', asked]) })
}

/**
 * Whether the answer to that question is proof that the slot was left. Anything odd is none. Never
 * throws.
 */
export function isProofOfLeaving(answer: string, question: SlotRef, { key, nonce }: Seal): boolean {
  const { slotId, accountId, channelId } = question
  try {
    const { left, proof } = JSON.parse(answer) as Record<string, unknown>
    const expected = proofOf(key, ['left', { slotId, accountId, channelId, nonce }])
    return left === true && typeof proof === 'string' && isSame(proof, expected)
  } catch {
    return false
  }
}

function proofOf(key: string, [what, asked]: readonly ['asks' | 'left' | 'not left', Asked]): string {
  const { slotId, accountId, channelId, nonce } = asked
  return prove(key, [what, slotId, accountId, channelId, nonce])
}
