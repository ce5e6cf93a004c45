/** Follows the tables of one input (ISO/IEC 13818-1, 2.4.4) and chooses the program to play. */
import type { Buffer } from 'node:buffer'
import { PAT_PID, pidOf } from './packet.ts'
import { firstOfKind, type Program, type ProgramAssociation, parsePat, parsePmt } from './program-tables.ts'
import { createSectionReader, type SectionReader } from './section-reader.ts'

const MAX_PROGRAMS = 64

type ProgramReader = {
  /** True if the packet belongs to a table (it is consumed); `program` has what changed. */
  push(buffer: Buffer, offset: number): boolean
  /** The chosen program; a new object whenever its tables have changed. */
  readonly program: Program | undefined
}

/**
 * Chooses the first program (in the order of the PAT, 64 at most) that has video, else the first
 * that has streams. Waits for the tables of the programs before it; once a PMT comes round again,
 * the missing ones are not waited for.
 *
 * @param wanted number of the program to choose instead, if the PAT lists it and it has streams:
 *   its PMT is waited for
 */
export function createProgramReader(wanted?: number): ProgramReader {
  const associations = createAssociations()
  let tables = new Map<number, PmtReader>()
  let chosen: Program | undefined

  function push(buffer: Buffer, offset: number): boolean {
    const pid = pidOf(buffer, offset)
    if (pid === PAT_PID) {
      if (associations.push(buffer, offset)) follow(associations.programs)
      return true
    }
    const table = tables.get(pid)
    if (table === undefined) return false
    if (table.push(buffer, offset)) choose()
    return true
  }

  /**
   * A new PAT: PMTs that it still lists are kept. Several programs may share the PID of their PMTs.
   */
  function follow(programs: readonly ProgramAssociation[]): void {
    const previous = tables
    tables = new Map()
    for (const { pmtPid, programNumber } of programs) {
      const table = tables.get(pmtPid) ?? previous.get(pmtPid) ?? createPmtReader(pmtPid)
      table.expect(programNumber)
      tables.set(pmtPid, table)
    }
    choose()
  }

  function choose(): void {
    const preferred = associations.programs.find(({ programNumber }) => programNumber === wanted)
    const table = preferred && tables.get(preferred.pmtPid)!.get(preferred.programNumber)
    if (preferred === undefined || table?.streams.length === 0) chooseFirst()
    else chosen = table
  }

  function chooseFirst(): void {
    const known = associations.programs.map(({ pmtPid, programNumber }) => tables.get(pmtPid)!.get(programNumber))
    const isRoundComplete = [...tables.values()].some((table) => table.hasRepeated)
    const isDecidable = isRoundComplete || known.every((program) => program !== undefined)
    const withVideo = known.findIndex((program) => program !== undefined && firstOfKind(program, 'video'))
    const isFirstInOrder = withVideo !== -1 && !known.slice(0, withVideo).includes(undefined)
    if (isDecidable || isFirstInOrder) {
      chosen = known[withVideo] ?? known.find((program) => program !== undefined && program.streams.length > 0)
    } else if (chosen !== undefined && !known.includes(chosen)) {
      chosen = undefined
    }
  }

  return {
    push,
    get program() {
      return chosen
    },
  }
}

/** Joins the sections of a PAT, which may be several. */
function createAssociations() {
  const reader = createSectionReader()
  let sections = new Map<number, { readonly raw: Buffer; readonly programs: ProgramAssociation[] }>()
  let version = -1
  let programs: ProgramAssociation[] = []

  function push(buffer: Buffer, offset: number): boolean {
    let hasChanged = false
    for (const raw of reader.push(buffer, offset)) {
      const pat = parsePat(raw)
      if (pat === undefined || sections.get(pat.sectionNumber)?.raw.equals(raw)) continue
      if (pat.version !== version) sections = new Map()
      version = pat.version
      sections.set(pat.sectionNumber, { raw, programs: pat.programs })
      const inOrder = [...sections.entries()].sort(([left], [right]) => left - right)
      programs = inOrder.flatMap(([, section]) => section.programs).slice(0, MAX_PROGRAMS)
      hasChanged = true
    }
    return hasChanged
  }

  return {
    push,
    get programs(): readonly ProgramAssociation[] {
      return programs
    },
  }
}

type PmtReader = {
  expect(programNumber: number): void
  /** True if the choice must be made again. */
  push(buffer: Buffer, offset: number): boolean
  get(programNumber: number): Program | undefined
  readonly hasRepeated: boolean
}

function createPmtReader(pmtPid: number): PmtReader {
  const reader: SectionReader = createSectionReader()
  const expected = new Set<number>()
  const known = new Map<number, { readonly raw: Buffer; readonly program: Program }>()
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
      const program = parsePmt(raw, pmtPid)
      if (program === undefined || !expected.has(programNumber)) continue
      known.set(programNumber, { raw, program })
      isNews = true
    }
    return isNews
  }

  return {
    push,
    expect: (programNumber) => expected.add(programNumber),
    get: (programNumber) => known.get(programNumber)?.program,
    get hasRepeated() {
      return hasRepeated
    },
  }
}
