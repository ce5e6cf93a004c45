/** Follows the tables of one input and chooses the programme to play. */
import type { Buffer } from 'node:buffer'
import { PAT_PID, pidOf } from './packet.ts'
import { firstOfKind, type Programme, type ProgrammeAssociation, parsePat, parsePmt } from './program-tables.ts'
import { createSectionReader, type SectionReader } from './section-reader.ts'

const MAXIMUM_PROGRAMMES = 64

export type ProgrammeReader = {
  /** True if the packet belongs to a table (it is consumed); look at `programme` for what changed. */
  push(buffer: Buffer, offset: number): boolean
  /** The chosen programme; another object whenever its tables have changed. */
  readonly programme: Programme | undefined
}

/**
 * Chooses the first programme (in the order of the PAT, 64 at most) that has video, else the first that has streams.
 * Waits for the tables of the programmes before it; once a PMT comes round again, the missing ones are not waited for.
 */
export function createProgrammeReader(): ProgrammeReader {
  const associations = createAssociations()
  let tables = new Map<number, PmtReader>()
  let chosen: Programme | undefined

  function push(buffer: Buffer, offset: number): boolean {
    const pid = pidOf(buffer, offset)
    if (pid === PAT_PID) {
      if (associations.push(buffer, offset)) follow(associations.programmes)
      return true
    }
    const table = tables.get(pid)
    if (table === undefined) return false
    if (table.push(buffer, offset)) choose()
    return true
  }

  /** A new PAT: PMTs that it still lists are kept. Several programmes may share the PID of their PMTs. */
  function follow(programmes: readonly ProgrammeAssociation[]): void {
    const previous = tables
    tables = new Map()
    for (const { pmtPid, programNumber } of programmes) {
      const table = tables.get(pmtPid) ?? previous.get(pmtPid) ?? createPmtReader(pmtPid)
      table.expect(programNumber)
      tables.set(pmtPid, table)
    }
    choose()
  }

  function choose(): void {
    const known = associations.programmes.map(({ pmtPid, programNumber }) => tables.get(pmtPid)!.get(programNumber))
    const isRoundComplete = [...tables.values()].some((table) => table.hasRepeated)
    const isDecidable = isRoundComplete || known.every((programme) => programme !== undefined)
    const withVideo = known.findIndex((programme) => programme !== undefined && firstOfKind(programme, 'video'))
    const isFirstInOrder = withVideo !== -1 && !known.slice(0, withVideo).includes(undefined)
    if (isDecidable || isFirstInOrder) {
      chosen = known[withVideo] ?? known.find((programme) => programme !== undefined && programme.streams.length > 0)
    } else if (chosen !== undefined && !known.includes(chosen)) {
      chosen = undefined
    }
  }

  return {
    push,
    get programme() {
      return chosen
    },
  }
}

/** Joins the sections of a PAT, which may be several. */
function createAssociations() {
  const reader = createSectionReader()
  let sections = new Map<number, { raw: Buffer; programmes: ProgrammeAssociation[] }>()
  let version = -1
  let programmes: ProgrammeAssociation[] = []

  function push(buffer: Buffer, offset: number): boolean {
    let hasChanged = false
    for (const raw of reader.push(buffer, offset)) {
      const pat = parsePat(raw)
      if (pat === undefined || sections.get(pat.sectionNumber)?.raw.equals(raw)) continue
      if (pat.version !== version) sections = new Map()
      version = pat.version
      sections.set(pat.sectionNumber, { raw, programmes: pat.programmes })
      const inOrder = [...sections.entries()].sort(([left], [right]) => left - right)
      programmes = inOrder.flatMap(([, section]) => section.programmes).slice(0, MAXIMUM_PROGRAMMES)
      hasChanged = true
    }
    return hasChanged
  }

  return {
    push,
    get programmes(): readonly ProgrammeAssociation[] {
      return programmes
    },
  }
}

type PmtReader = {
  expect(programNumber: number): void
  /** True if there is a reason to choose again. */
  push(buffer: Buffer, offset: number): boolean
  get(programNumber: number): Programme | undefined
  readonly hasRepeated: boolean
}

function createPmtReader(pmtPid: number): PmtReader {
  const reader: SectionReader = createSectionReader()
  const expected = new Set<number>()
  const known = new Map<number, { raw: Buffer; programme: Programme }>()
  let hasRepeated = false

  function push(buffer: Buffer, offset: number): boolean {
    let isNews = false
    for (const raw of reader.push(buffer, offset)) {
      const programNumber = raw.readUInt16BE(3)
      if (known.get(programNumber)?.raw.equals(raw)) {
        isNews ||= !hasRepeated
        hasRepeated = true
        continue
      }
      const programme = parsePmt(raw, pmtPid)
      if (programme === undefined || !expected.has(programNumber)) continue
      known.set(programNumber, { raw, programme })
      isNews = true
    }
    return isNews
  }

  return {
    push,
    expect: (programNumber) => expected.add(programNumber),
    get: (programNumber) => known.get(programNumber)?.programme,
    get hasRepeated() {
      return hasRepeated
    },
  }
}
