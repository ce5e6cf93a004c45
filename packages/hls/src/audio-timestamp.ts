const OWNER = Array.from('com.apple.streaming.transportStreamTimestamp\0', (letter) => letter.charCodeAt(0))
const TIMESTAMP_BYTES = 8
/** How far to search for the tag. */
export const AUDIO_TIMESTAMP_BYTES = 512

/**
 * When a segment of packed audio begins, in ticks of 90 kHz on the clock of the video: an ID3 PRIV
 * frame at its beginning (RFC 8216 section 3.4). Undefined if the segment does not say.
 */
export function readAudioTimestamp(segment: Uint8Array): number | undefined {
  if (segment[0] !== 0x49 || segment[1] !== 0x44 || segment[2] !== 0x33) return undefined
  const last = Math.min(segment.length, AUDIO_TIMESTAMP_BYTES) - OWNER.length - TIMESTAMP_BYTES
  for (let at = 0; at <= last; at += 1) {
    if (!OWNER.every((letter, index) => segment[at + index] === letter)) continue
    const view = new DataView(segment.buffer, segment.byteOffset + at + OWNER.length, TIMESTAMP_BYTES)
    return (view.getUint32(0) & 1) * 2 ** 32 + view.getUint32(4)
  }
  return undefined
}
