/**
 * The leader of a channel, readable by people in `kptv:<cluster>:{channel:…}:lead`. Times are Redis
 * milliseconds.
 */
export type LeadRecord = {
  readonly node: string
  readonly incarnation: string
  readonly term: number
  /** Id of the account that the leader pulls from; empty before the first connection. */
  readonly account: string
  /** Its slot there. */
  readonly slot: string
  readonly claimedAt: number
  readonly renewedAt: number
  /** The incarnation that may take over at once. */
  readonly handoverTo?: string
}

/** Undefined for anything that is not a lead record; never throws. */
export function parseLeadRecord(fields: Readonly<Record<string, string | undefined>>): LeadRecord | undefined {
  const { incarnation, node = '', account = '', slot = '', handoverTo } = fields
  const [term, claimedAt, renewedAt] = [Number(fields.term), Number(fields.claimedAt), Number(fields.renewedAt)]
  if (!incarnation || !Number.isSafeInteger(term) || Number.isNaN(claimedAt) || Number.isNaN(renewedAt))
    return undefined
  const record = { node, incarnation, term, account, slot, claimedAt, renewedAt }
  return handoverTo ? { ...record, handoverTo } : record
}
