import type { LiveChange, LiveState } from '@kptv/contract'

const TABLES = ['nodes', 'channels', 'sources', 'notices'] as const

/** A page of operators, as far as its edge can tell. */
export type LivePage = {
  /** What it shows. */
  readonly state: () => LiveState
  /** Since the last call: bytes, and the field that most of them were for. */
  readonly take: () => { readonly bytes: number; readonly mostIn: string }
  readonly firstBytes: number
  readonly close: () => void
}

/** Opens the server-sent events of an edge; resolves once everything has come. */
export async function openLivePage(adminUrl: string): Promise<LivePage> {
  const leaving = new AbortController()
  const { body } = await fetch(`${adminUrl}/admin/events`, { signal: leaving.signal })
  const first = Promise.withResolvers<number>()
  let state: LiveState = { at: 1, nodes: {}, channels: {}, sources: {}, notices: {} }
  let bytes = 0
  const byField = new Map<string, number>()
  let text = ''
  const decoder = new TextDecoder()
  const reading = (async () => {
    for await (const chunk of body ?? []) {
      bytes += chunk.length
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        take(text.slice(0, end))
        text = text.slice(end + 2)
      }
    }
  })()
  reading.catch(() => undefined)

  function note(change: LiveChange): void {
    for (const [table, rows] of Object.entries(change)) {
      for (const fields of Object.values(rows)) {
        for (const [field, value] of Object.entries(fields ?? {})) {
          const name = `${table}.${field}`
          byField.set(name, (byField.get(name) ?? 0) + JSON.stringify(value).length)
        }
      }
    }
  }

  function take(message: string): void {
    const [, type] = /^event: (.*)$/m.exec(message) ?? []
    const data: unknown = JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? 'null')
    if (type === 'all') {
      state = data as LiveState
      first.resolve(message.length)
    }
    if (type !== 'change') return
    state = changed(state, data as LiveChange)
    note(data as LiveChange)
  }

  return {
    state: () => state,
    take: () => {
      const taken = { bytes, mostIn: [...byField].toSorted(([, one], [, other]) => other - one)[0]?.[0] ?? 'nothing' }
      bytes = 0
      byField.clear()
      return taken
    },
    firstBytes: await first.promise,
    close: () => leaving.abort(),
  }
}

function changed(before: LiveState, change: LiveChange): LiveState {
  const tables = TABLES.map((table) => {
    const rows = new Map<string, object>(Object.entries(before[table]))
    for (const [id, fields] of Object.entries(change[table] ?? {})) {
      if (fields === null) rows.delete(id)
      else rows.set(id, { ...rows.get(id), ...fields })
    }
    return [table, Object.fromEntries(rows)]
  })
  return Object.fromEntries(tables) as LiveState
}
