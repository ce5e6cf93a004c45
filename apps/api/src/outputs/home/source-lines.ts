import type { SourceState } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import { describeImport, readSource, type SourceParts } from '../../status/source-facts.ts'

/** A source as the operators' page shows it. */
export type SourceLine = {
  readonly name: string
  /** How its last import went, in a sentence. */
  readonly state: string
  readonly healthy: boolean
  /** The alarm, and since when; it stays while the next import is running. */
  readonly alarm: string | undefined
  /** How to accept the list that was put aside, if there is one. */
  readonly remedy: { readonly text: string; readonly path: string } | undefined
  /** `2 of 5` */
  readonly connections: string
}

/** Throws when Redis is away. */
export async function readSourceLine(source: Source, parts: SourceParts): Promise<SourceLine> {
  const { name, limit, slots, import: state } = await readSource(source, parts)
  return {
    name,
    state: describeImport(state),
    healthy: state.alarm === undefined,
    alarm: state.alarm && `Since ${state.alarm.since}: ${state.alarm.message}. ${whatIsServed(state)}`,
    remedy: state.quarantine && {
      text: `The new list with ${state.quarantine.entries.toLocaleString('en')} entries was put aside. If it is right, accept it:`,
      path: `/sources/${source.id}/accept`,
    },
    connections: `${slots.length} of ${limit}`,
  }
}

function whatIsServed({ goodVersion }: SourceState): string {
  return goodVersion === undefined ? 'There is no list to serve yet.' : 'The last good list is being served.'
}
