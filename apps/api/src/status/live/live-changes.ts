import type { LiveChange, LiveState } from '@kptv/contract'

const TABLES = ['nodes', 'channels', 'sources', 'notices'] as const

type Row = Readonly<Record<string, unknown>>
type Rows = Readonly<Record<string, Row>>

/** What changed: new rows whole, others with the fields that differ, null for those gone. */
export function changeBetween(before: LiveState, after: LiveState): LiveChange | undefined {
  const changed = TABLES.flatMap((table) => {
    const rows = changedRows(before[table], after[table])
    return Object.keys(rows).length === 0 ? [] : [[table, rows]]
  })
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}

function changedRows(before: Rows, after: Rows): Record<string, Row | null> {
  const changed: Record<string, Row | null> = {}
  for (const [id, row] of Object.entries(after)) {
    const old = before[id]
    const fields = old === undefined ? row : changedFields(old, row)
    if (Object.keys(fields).length > 0) changed[id] = fields
  }
  for (const id of Object.keys(before)) if (after[id] === undefined) changed[id] = null
  return changed
}

function changedFields(before: Row, after: Row): Row {
  return Object.fromEntries(
    Object.entries(after).filter(([field, value]) => JSON.stringify(before[field]) !== JSON.stringify(value)),
  )
}
