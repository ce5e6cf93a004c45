import type { PacketView } from './packet-view.ts'
import { NULL_PID, PACKET_BYTES } from './packet-writer.ts'

export type ContinuityError = {
  readonly pid: number
  readonly packet: number
  readonly expected: number
  readonly got: number
}

type PidState = { continuity: number; readonly lastPacket: Buffer; payloadStart: number; duplicates: number }

/**
 * TR 101 290, 1.4; ISO/IEC 13818-1, 2.4.3.3: the counter grows by one with each packet that has
 * payload, one duplicate with the same payload is allowed, a packet without payload repeats the
 * counter.
 */
export class ContinuityCheck {
  readonly errorsByPid: Record<number, number> = {}
  readonly firstErrors: ContinuityError[] = []
  duplicates = 0
  #pids = new Map<number, PidState>()

  push(view: PacketView, packet: number): void {
    const { pid, continuity, hasPayload } = view
    if (pid === NULL_PID) return
    const last = this.#pids.get(pid)
    if (last === undefined) {
      const state = { continuity, lastPacket: Buffer.alloc(PACKET_BYTES), payloadStart: PACKET_BYTES, duplicates: 0 }
      this.#pids.set(pid, state)
      remember(state, view)
      return
    }
    const expected = hasPayload ? (last.continuity + 1) % 16 : last.continuity
    if (hasPayload && continuity === last.continuity && last.duplicates === 0 && hasSamePayload(last, view)) {
      this.duplicates++
      last.duplicates = 1
      return
    }
    if (continuity !== expected && !view.isDiscontinuity) {
      this.errorsByPid[pid] = (this.errorsByPid[pid] ?? 0) + 1
      if (this.firstErrors.length < 20) this.firstErrors.push({ pid, packet, expected, got: continuity })
    }
    remember(last, view)
  }
}

function remember(state: PidState, view: PacketView): void {
  state.continuity = view.continuity
  state.duplicates = 0
  if (!view.hasPayload) return
  view.bytes.copy(state.lastPacket)
  state.payloadStart = view.payloadStart
}

function hasSamePayload(state: PidState, view: PacketView): boolean {
  if (state.payloadStart !== view.payloadStart) return false
  return state.lastPacket.compare(view.bytes, view.payloadStart, PACKET_BYTES, state.payloadStart, PACKET_BYTES) === 0
}
