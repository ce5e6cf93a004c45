/** What lists write instead of an id: many channels share it, and it says nothing. */
const PLACEHOLDER =
  /^(?:0+|-+|n\/?a|null|nil|none|undefined|unknown|empty|blank|no(?:[ _-]?(?:epg|id|guide|tvg[ _-]?id))?)$/i

/** Whether a `tvg-id` is the id of a channel in a guide. */
export function isGuideId(text: string): boolean {
  const id = text.trim()
  return id !== '' && !PLACEHOLDER.test(id)
}
