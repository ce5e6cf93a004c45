/** What an earlier splicer has sent, as it came from another process. */
import type { OutputState, OutputStream } from './output-program.ts'
import { NULL_PID, PACKET_BYTES } from './packet.ts'
import type { ServiceState } from './service-table.ts'
import type { SplicerState } from './splicer.ts'
import type { TimelineState } from './timeline-state.ts'
import { TIMESTAMP_MODULUS } from './timestamps.ts'

const MAX_STREAMS = 64
const MAX_FRAME_STEPS = 16
const MAX_WORD_LENGTH = 64
const MAX_NAME_LENGTH = 200
const MAX_UNIT_BYTES = 2 ** 32
const FIRST_FREE_PID = 0x0010

/**
 * True if a splicer can continue with it: each field is there and within the limits of the
 * standard. Never throws. Unknown fields have no effect.
 */
export function isSplicerState(value: unknown): value is SplicerState {
  const state = fieldsOf<SplicerState>(value)
  return isPosition(state.position) && isTimeline(state.timeline) && isOutput(state.output)
}

function isTimeline(value: unknown): boolean {
  const { time, presentation, clock, offset, frameSteps, canMeetLast } = fieldsOf<TimelineState>(value)
  return (
    [time, presentation, clock, offset].every((ticks) => ticks === undefined || isTicks(ticks)) &&
    Array.isArray(frameSteps) &&
    frameSteps.length <= MAX_FRAME_STEPS &&
    frameSteps.every((step) => isTicks(step) && step > 0) &&
    typeof canMeetLast === 'boolean'
  )
}

function isOutput(value: unknown): boolean {
  const { streams, tableCounters, video, tableVersion, tableChecksum, service } = fieldsOf<OutputState>(value)
  return (
    Array.isArray(streams) &&
    streams.length <= MAX_STREAMS &&
    streams.every(isStream) &&
    new Set(streams.map(({ pid }) => pid)).size === streams.length &&
    Array.isArray(tableCounters) &&
    tableCounters.length === 2 &&
    tableCounters.every((counter) => isWhole(counter, 0, 15)) &&
    (video === undefined || isWord(video)) &&
    isWhole(tableVersion, 0, 31) &&
    isChecksum(tableChecksum) &&
    (service === undefined || isService(service))
  )
}

function isService(value: unknown): boolean {
  const { name, version, checksum, counter } = fieldsOf<ServiceState>(value)
  return (
    typeof name === 'string' &&
    name.length <= MAX_NAME_LENGTH &&
    isWhole(version, 0, 31) &&
    isChecksum(checksum) &&
    isWhole(counter, 0, 15)
  )
}

function isChecksum(value: unknown): boolean {
  return value === undefined || isWhole(value, 0, 2 ** 32 - 1)
}

function isStream(value: unknown): value is OutputStream {
  const { pid, kind, codec, language, counter, time, unitTicks, unitBytes } = fieldsOf<OutputStream>(value)
  return (
    isWhole(pid, FIRST_FREE_PID, NULL_PID - 1) &&
    (kind === 'video' || kind === 'audio' || kind === 'other') &&
    [codec, language].every(isWord) &&
    isWhole(counter, 0, 15) &&
    (time === undefined || isTicks(time)) &&
    isTicks(unitTicks) &&
    isWhole(unitBytes, -MAX_UNIT_BYTES, MAX_UNIT_BYTES)
  )
}

/** Bytes of whole packets. */
export function isPosition(value: unknown): value is number {
  return isWhole(value, 0, Number.MAX_SAFE_INTEGER) && value % PACKET_BYTES === 0
}

function isTicks(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < TIMESTAMP_MODULUS
}

function isWhole(value: unknown, from: number, to: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_WORD_LENGTH
}

function fieldsOf<Shape>(value: unknown): Partial<Record<keyof Shape, unknown>> {
  return typeof value === 'object' && value !== null ? value : {}
}
