/** SDT: the name of the channel, for players that show it (ETSI EN 300 468, 5.2.3 and 6.2.33). */
import { Buffer } from 'node:buffer'
import { crc32 } from './crc32.ts'
import { setContinuity } from './packet.ts'
import { buildSection, packSection } from './program-tables.ts'

const SDT_PID = 0x0011
/** service_description_section of the actual transport stream. */
const SDT_TABLE_ID = 0x42
/** For private use (ETSI TS 101 162); muxers without a network use it too. */
const ORIGINAL_NETWORK_ID = 0xff01
/** No event information; running, not scrambled. */
const SERVICE_FLAGS = 0xfc
const RUNNING = 0x8000
const SERVICE_DESCRIPTOR_TAG = 0x48
const TELEVISION = 0x01
const RADIO = 0x02
const PROVIDER = Buffer.from('KPTV')
/** Annex A: the text that follows is UTF-8. */
const UTF_8 = 0x15
/** So that the table is one packet. */
const MAX_NAME_BYTES = 154

/** JSON friendly. */
export type ServiceState = {
  readonly name: string
  readonly version: number
  readonly checksum: number | undefined
  /** Continuity counter of the last one. */
  readonly counter: number
}

type Service = { readonly transportStreamId: number; readonly serviceId: number }

/** The table of one output, whose version grows with each change. */
export class ServiceTable {
  readonly #service: Service
  #name: string
  #isRadio = false
  #version: number
  #checksum: number | undefined
  #counter: number
  #packet: Buffer = Buffer.alloc(0)

  constructor(service: Service, name: string, resumed?: ServiceState) {
    this.#service = service
    this.#name = name
    this.#version = resumed?.version ?? 0
    this.#checksum = resumed?.checksum
    this.#counter = resumed?.counter ?? 15
  }

  /** From the next table on. */
  rename(name: string): void {
    this.#name = name
    if (this.#packet.length > 0) this.announce(this.#isRadio)
  }

  announce(isRadio: boolean): void {
    const build = (version: number): Buffer => buildSdt({ ...this.#service, name: this.#name, isRadio, version })
    const checksum = crc32(build(0).subarray(0, -4))
    if (this.#checksum !== undefined && this.#checksum !== checksum) this.#version = (this.#version + 1) & 0x1f
    this.#isRadio = isRadio
    this.#checksum = checksum
    this.#packet = packSection(build(this.#version), SDT_PID, 0)
  }

  /** The next one; a new buffer. Empty before anything was announced. */
  write(): Buffer {
    const packet = Buffer.from(this.#packet)
    if (packet.length === 0) return packet
    this.#counter = (this.#counter + 1) & 0x0f
    setContinuity(packet, 0, this.#counter)
    return packet
  }

  snapshot(): ServiceState {
    return { name: this.#name, version: this.#version, checksum: this.#checksum, counter: this.#counter }
  }
}

type ServiceDescription = Service & { readonly name: string; readonly isRadio: boolean; readonly version: number }

export function buildSdt({ transportStreamId, serviceId, name, isRadio, version }: ServiceDescription): Buffer {
  const text = encodeText(name)
  const descriptor = Buffer.concat([
    Buffer.from([SERVICE_DESCRIPTOR_TAG, 3 + PROVIDER.length + text.length, isRadio ? RADIO : TELEVISION]),
    Buffer.from([PROVIDER.length]),
    PROVIDER,
    Buffer.from([text.length]),
    text,
  ])
  const head = Buffer.alloc(8, 0xff)
  head.writeUInt16BE(ORIGINAL_NETWORK_ID, 0)
  head.writeUInt16BE(serviceId, 3)
  head[5] = SERVICE_FLAGS
  head.writeUInt16BE(RUNNING | descriptor.length, 6)
  const body = Buffer.concat([head, descriptor])
  return buildSection({ tableId: SDT_TABLE_ID, extension: transportStreamId, version, body, isDvb: true })
}

/** Annex A: ASCII is the same in the default table; everything else is marked as UTF-8. */
function encodeText(name: string): Buffer {
  const visible = name.replace(/\p{C}/gu, '')
  const isAscii = /^[ -~]*$/.test(visible)
  const mark = isAscii ? [] : [UTF_8]
  let text = ''
  for (const character of visible) {
    if (mark.length + Buffer.byteLength(text + character) > MAX_NAME_BYTES) break
    text += character
  }
  return Buffer.concat([Buffer.from(mark), Buffer.from(text)])
}
