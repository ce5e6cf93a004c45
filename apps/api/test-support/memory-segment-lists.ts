import type { SegmentLists } from '@kptv/coordination'

type MemorySegmentLists = {
  readonly lists: SegmentLists
  /** Redis as it stands; a test may change it. */
  readonly state: {
    term: number
    list: { readonly text: string; readonly incarnation: string } | undefined
    // biome-ignore lint/plugin: tests write it
    isAway: boolean
    reads: number
  }
}

/** The list of one channel, as the nodes of a test share it. */
export function createMemorySegmentLists(nowS: number): MemorySegmentLists {
  const state: MemorySegmentLists['state'] = { term: 0, list: undefined, isAway: false, reads: 0 }
  const reach = (): void => {
    if (state.isAway) throw new Error('Redis is away')
  }
  const lists: SegmentLists = {
    async read() {
      reach()
      state.reads += 1
      return state.list && { ...state.list, term: state.term }
    },
    async claim(_, term) {
      reach()
      state.term = Math.max(state.term, term)
      return { isAccepted: state.term === term, list: state.list }
    },
    async write(_, term, list) {
      reach()
      if (term < state.term) return false
      Object.assign(state, { term, list })
      return true
    },
    async remove() {
      state.list = undefined
    },
    async seconds() {
      reach()
      return nowS
    },
  }
  return { lists, state }
}
