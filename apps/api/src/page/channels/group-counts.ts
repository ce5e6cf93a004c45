import type { CatalogChannel } from '@kptv/catalog'
import type { GroupList } from '@kptv/contract'
import { channelKey } from '@kptv/playlist'
import { groupsOf } from './channel-line.ts'

/** More are of no use in a list, and lists may invent one for each channel. */
const MAX_GROUPS = 2_000

/** Counts channels by group; names that differ only in case or spaces are one group. */
export class GroupCounts {
  readonly #counts = new Map<string, { readonly name: string; channels: number }>()
  #isComplete = true

  add(channel: CatalogChannel): void {
    for (const name of groupsOf(channel)) this.#count(name)
  }

  list(): GroupList {
    return { groups: [...this.#counts.values()], complete: this.#isComplete }
  }

  #count(name: string): void {
    const key = channelKey(name)
    const known = this.#counts.get(key)
    if (known !== undefined) known.channels += 1
    // A name that nobody can see is none.
    else if (this.#counts.size < MAX_GROUPS) this.#counts.set(key, { name: key === '' ? '' : name, channels: 1 })
    else this.#isComplete = false
  }
}
