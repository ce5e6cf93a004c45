import { createHash } from 'node:crypto'
import { compileEventPatterns, type EventPattern, type SourceBook } from '@kptv/config'
import type { EventNames } from '@kptv/guide'

/** How the names of event channels are read. */
type CurrentEventNames = {
  readonly patterns: readonly EventNames[]
  /** The same on all nodes with the same patterns; empty without any. */
  readonly digest: string
}

/** Those of the current sources file, compiled once. */
export function createEventNames(book: Pick<SourceBook, 'guides'>): () => CurrentEventNames {
  let known: { readonly written: readonly EventPattern[]; readonly names: CurrentEventNames } | undefined
  return () => {
    const { eventNames: written } = book.guides()
    if (known?.written !== written) known = { written, names: compile(written) }
    return known.names
  }
}

function compile(written: readonly EventPattern[]): CurrentEventNames {
  if (written.length === 0) return { patterns: [], digest: '' }
  const digest = createHash('sha256').update(JSON.stringify(written)).digest('base64url').slice(0, 12)
  return { patterns: compileEventPatterns(written), digest }
}
