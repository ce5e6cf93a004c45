/**
 * Limits of one entry, one line and one list. Nothing above a limit is kept in memory, and every
 * excess is counted.
 */
export type Limits = {
  /**
   * A longer line is dropped whole. Real header lines hold 9 KB of guide addresses, real URLs 2 KB
   * of session token.
   */
  readonly lineBytes: number
  /** Attributes of one entry; those beyond are dropped. */
  readonly attributes: number
  /** In UTF-16 units. A longer key is dropped with its value. */
  readonly attributeKeyLength: number
  /**
   * In UTF-16 units. A longer value is dropped, not cut: half an id or half an address is worse
   * than none, and another source's entry may fill the gap. Values of the `#EXTM3U` line are
   * limited by the line alone.
   */
  readonly attributeValueLength: number
  /** In UTF-16 units; a longer name is cut. */
  readonly nameLength: number
  /** Entries of one list; those beyond are dropped. */
  readonly entries: number
  /** Skipped items that are remembered individually; all are counted. */
  readonly rememberedSkips: number
}

export const DEFAULT_LIMITS: Limits = {
  lineBytes: 64 * 1024,
  attributes: 64,
  attributeKeyLength: 64,
  attributeValueLength: 4 * 1024,
  nameLength: 256,
  entries: 2_000_000,
  rememberedSkips: 20,
}
