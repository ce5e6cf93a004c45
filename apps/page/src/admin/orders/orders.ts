import type { AdminOrder, OrderAnswer } from '@kptv/contract'
import { signal } from '@preact/signals'
import { postJson, RequestError } from '../../parts/request.ts'
import { adminWords } from '../../words/admin/admin-words.ts'
import { words } from '../../words/words.ts'

/** An order, and the name of its object as people know it. */
export type AskedOrder = { readonly order: AdminOrder; readonly about: string }

/** An order that waits for a person to confirm it. */
export const asked = signal<AskedOrder | undefined>(undefined)

/** How the last order went. */
export const said = signal<{ readonly text: string; readonly isBad: boolean } | undefined>(undefined)

/** They end nothing that someone watches. */
const HARMLESS: ReadonlySet<AdminOrder['order']> = new Set(['unblock-stream', 'read-list'])

/** Gives an order, after a question where it could harm. */
export async function request(wanted: AskedOrder): Promise<void> {
  said.value = undefined
  if (!HARMLESS.has(wanted.order.order)) {
    asked.value = wanted
    return
  }
  const problem = await give(wanted)
  if (problem !== undefined) said.value = { text: problem, isBad: true }
}

/** @returns why it was not carried out, in words */
export async function give({ order }: AskedOrder): Promise<string | undefined> {
  try {
    const { nodes } = await postJson<OrderAnswer>('admin/orders', order)
    said.value = { text: adminWords.value.orders[order.order].done(nodes.join(', ')), isBad: false }
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error instanceof RequestError ? error : { code: undefined, message: String(error) }
  return adminWords.value.refusals[code ?? ''] ?? (message || words.value.problems.unreachable)
}
