import type { LiveChange, LiveState } from '@kptv/contract'

type Rows = Readonly<Record<string, object>>

/** The state after a change. Rows that did not change stay the same objects. */
export function applyChange(state: LiveState, change: LiveChange): LiveState {
  const changed = Object.entries(change).map(([table, rows]) => [
    table,
    applyRows(state[table as keyof LiveChange], rows as Readonly<Record<string, object | null>>),
  ])
  return { ...state, ...Object.fromEntries(changed) }
}

function applyRows(before: Rows, changes: Readonly<Record<string, object | null>>): Rows {
  const rows: Record<string, object> = { ...before }
  for (const [id, fields] of Object.entries(changes)) {
    if (fields === null) delete rows[id]
    else rows[id] = { ...rows[id], ...fields }
  }
  return rows
}
