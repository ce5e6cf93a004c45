export type ElementaryStream = { readonly pid: number; readonly streamType: number }

export type Program = {
  readonly transportStreamId: number
  readonly programNumber: number
  readonly pmtPid: number
  readonly pcrPid: number
  /** Version of both tables, 0-31. */
  readonly version: number
  readonly streams: readonly ElementaryStream[]
}

/** Program association section with one program (ISO/IEC 13818-1, 2.4.4.3). */
export function programAssociationSection(program: Program): Buffer {
  const body = [...uint16(program.programNumber), 0xe0 | (program.pmtPid >> 8), program.pmtPid & 0xff]
  return section({ tableId: 0, tableExtension: program.transportStreamId, version: program.version, body })
}

/** Program map section (ISO/IEC 13818-1, 2.4.4.8), without descriptors. */
export function programMapSection(program: Program): Buffer {
  const body = [0xe0 | (program.pcrPid >> 8), program.pcrPid & 0xff, 0xf0, 0]
  for (const { pid, streamType } of program.streams) body.push(streamType, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, 0)
  return section({ tableId: 2, tableExtension: program.programNumber, version: program.version, body })
}

function section(fields: {
  readonly tableId: number
  readonly tableExtension: number
  readonly version: number
  readonly body: number[]
}): Buffer {
  const length = 5 + fields.body.length + 4
  const versionAndCurrent = 0xc0 | (fields.version << 1) | 1
  const head = [fields.tableId, 0xb0 | (length >> 8), length & 0xff, ...uint16(fields.tableExtension)]
  const content = Buffer.from([...head, versionAndCurrent, 0, 0, ...fields.body])
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(sectionCrc(content))
  return Buffer.concat([content, crc])
}

/** CRC of sections (ISO/IEC 13818-1, annex A); 0 over a whole section that is undamaged. */
export function sectionCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte << 24
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  }
  return crc >>> 0
}

function uint16(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff]
}
