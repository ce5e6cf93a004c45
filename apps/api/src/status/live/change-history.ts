import { randomInt } from 'node:crypto'
import type { LiveChange } from '@kptv/contract'

export type ChangeMessage = { readonly type: 'change'; readonly id: number; readonly change: LiveChange }

/** A page that was away for less gets what it missed. */
const MAX_KEPT = 60

/** The last changes, each with an id that the page repeats when it comes back. */
export class ChangeHistory {
  readonly #messages: ChangeMessage[] = []
  /** Not from 0: a page may come back to another edge, whose changes are others. */
  #id = randomInt(2 ** 47)

  /** Of the newest change. */
  get id(): number {
    return this.#id
  }

  add(change: LiveChange): ChangeMessage {
    this.#id += 1
    const message = { type: 'change', id: this.#id, change } as const
    this.#messages.push(message)
    if (this.#messages.length > MAX_KEPT) this.#messages.shift()
    return message
  }

  /** What came after the change with this id; undefined when that is not known. */
  since(id: number): readonly ChangeMessage[] | undefined {
    const missed = this.#messages.filter((message) => message.id > id)
    return id === this.#id || missed[0]?.id === id + 1 ? missed : undefined
  }
}
