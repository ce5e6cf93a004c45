import type { StoreContext } from './redis-leadership.ts'

type SlotRecord = {
  readonly channel: string
  readonly incarnation: string
  readonly term: number
  /** Number of the acquisition within its holder's process. */
  readonly attempt: number
  readonly renewedAt: number
  readonly endsAt: number
}

export type SlotName = {
  readonly source: string
  readonly id: string
  readonly incarnation: string
  readonly attempt: number
}

export type SlotProof = { readonly incarnation: string; readonly kind: 'tombstone' | 'gone' }

type SlotRequest = {
  readonly source: string
  readonly channel: string
  readonly incarnation: string
  readonly term: number
  readonly attempt: number
  readonly knownRunId: string
  readonly inherit: SlotProof | undefined
}

export type SeenHolder = {
  readonly source: string
  readonly id: string
  readonly incarnation: string
  readonly renewedAt: number
}

type AcquireAnswer =
  | { readonly outcome: 'granted'; readonly id: string }
  | { readonly outcome: 'full'; readonly holders: SeenHolder[] }
  | { readonly outcome: 'cold' }

export type Slots = ReturnType<typeof createSlots>

/** The slots of all sources: leases that outlive an unproven end by the quarantine. */
export function createSlots({ clock, rules, observer, isCold, runId, tombstones }: StoreContext) {
  const { leaseMs, quarantineMs, proofAgeMs } = rules.timing
  const sources = new Map<string, { readonly limit: number; readonly slots: Map<string, SlotRecord> }>()

  function addSource(source: string, limit: number): void {
    sources.set(source, { limit, slots: new Map() })
  }

  function live(source: string): Map<string, SlotRecord> {
    const { slots } = sources.get(source)!
    for (const [id, slot] of slots) if (slot.endsAt <= clock.now) slots.delete(id)
    return slots
  }

  function write(source: string, id: string, slot: Omit<SlotRecord, 'renewedAt' | 'endsAt'>): void {
    const { channel, incarnation, term, attempt } = slot
    const times = { renewedAt: clock.now, endsAt: clock.now + leaseMs + quarantineMs }
    live(source).set(id, { channel, incarnation, term, attempt, ...times })
    observer.renewed(incarnation, id)
    observer.slotsChanged(source)
  }

  function acquire(request: SlotRequest): AcquireAnswer {
    if (request.knownRunId !== runId() || isCold() || tombstones.has(request.incarnation)) return { outcome: 'cold' }
    const slots = live(request.source)
    for (const [id, slot] of slots) {
      if (slot.channel !== request.channel || !mayHave(request, slot)) continue
      // A late request of an earlier attempt must not push out the present one.
      const attempt =
        slot.incarnation === request.incarnation ? Math.max(slot.attempt, request.attempt) : request.attempt
      observer.granted('slot', false)
      write(request.source, id, { ...request, attempt })
      return { outcome: 'granted', id }
    }
    if (slots.size >= sources.get(request.source)!.limit) return { outcome: 'full', holders: seen(request.source) }
    const id = `${request.channel}#${request.incarnation}#${request.attempt}`
    observer.granted('slot', false)
    write(request.source, id, request)
    return { outcome: 'granted', id }
  }

  function mayHave(request: SlotRequest, slot: SlotRecord): boolean {
    if (slot.incarnation === request.incarnation) return slot.term <= request.term
    if (!rules.proofNeededToInherit) return slot.term < request.term
    const { inherit } = request
    if (inherit === undefined || inherit.incarnation !== slot.incarnation || slot.term >= request.term) return false
    return inherit.kind !== 'gone' || clock.now - slot.renewedAt >= proofAgeMs
  }

  function find({ source, id, incarnation, attempt }: SlotName): SlotRecord | undefined {
    const slot = live(source).get(id)
    if (slot?.incarnation !== incarnation) return undefined
    return rules.slotNamesAttempt && slot.attempt !== attempt ? undefined : slot
  }

  function renewSlot(name: SlotName, channel: string, term: number): 'renewed' | 'missing' | 'lost' {
    const slot = find(name)
    if (slot === undefined && rules.renewalLosesMissingSlots) return live(name.source).has(name.id) ? 'lost' : 'missing'
    write(name.source, name.id, { channel, term: slot?.term ?? term, ...name })
    return 'renewed'
  }

  /** Only in a cold Redis, only by who held it, and never above the limit. */
  function reassertSlot(name: SlotName, channel: string, term: number): boolean {
    const slots = live(name.source)
    if (!isCold() || (!slots.has(name.id) && slots.size >= sources.get(name.source)!.limit)) return false
    observer.granted('slot', true)
    write(name.source, name.id, { channel, term, ...name })
    return true
  }

  function release(name: SlotName): void {
    if (find(name) === undefined) return
    live(name.source).delete(name.id)
    observer.slotsChanged(name.source)
  }

  /**
   * Reconciling: a slot of a process proven dead goes, and one that its holder says that it has
   * left.
   */
  function removeDead(holder: SeenHolder, kind: 'tombstone' | 'gone' | 'left'): void {
    const slot = live(holder.source).get(holder.id)
    if (slot?.incarnation !== holder.incarnation || isCold()) return
    if (kind === 'left' && slot.renewedAt !== holder.renewedAt) return
    if (kind === 'gone') {
      if (slot.renewedAt !== holder.renewedAt) return
      if (clock.now - slot.renewedAt < proofAgeMs) return
      tombstones.add(holder.incarnation)
      observer.provenDead(holder.incarnation)
    }
    live(holder.source).delete(holder.id)
    observer.slotsChanged(holder.source)
  }

  function seen(source: string): SeenHolder[] {
    return [...live(source)].map(([id, { incarnation, renewedAt }]) => ({ source, id, incarnation, renewedAt }))
  }

  return {
    addSource,
    acquire,
    renewSlot,
    reassertSlot,
    release,
    removeDead,
    hasSpare: (source: string) => live(source).size < sources.get(source)!.limit,
    allHolders: () => [...sources.keys()].flatMap(seen),
    slotCount: (source: string) => live(source).size,
    forget() {
      for (const { slots } of sources.values()) slots.clear()
    },
  }
}
