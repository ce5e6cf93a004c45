/** The cost of cutting media into packets and splicing it, compared with copying the same bytes. */
import { createPacketAligner, PACKET_BYTES, Splicer, StreamWatch } from '@kptv/mpegts'
import { createTransportStreamMaker, type TableRow } from '@kptv/testkit'
import { count, duration, megabytes, printTable, printTitle, ratio } from './report.ts'
import { timeInTurn } from './time-in-turn.ts'

const MEGABITS_PER_SECOND = 8
const SECONDS = 60
const ROUNDS = 5
/** As a socket brings them: the end of a read is never the end of a packet. */
const PIECES_BYTES = [64 * 1024, 8 * 1024]

type Take = (piece: Buffer) => number

const media = createTransportStreamMaker({ bitsPerSecond: MEGABITS_PER_SECOND * 1e6 }).next(SECONDS * 1000)
printTitle(
  `splice: ${SECONDS} s of ${MEGABITS_PER_SECOND} Mbit/s, ${megabytes(media.length)}; median of ${ROUNDS} rounds`,
)
for (const pieceBytes of PIECES_BYTES) await measure(pieceBytes)

async function measure(pieceBytes: number): Promise<void> {
  const times = await timeInTurn(
    {
      copy: () => feed(pieceBytes, (piece) => piece.length),
      align: () => feed(pieceBytes, aligned()),
      splice: () => feed(pieceBytes - (pieceBytes % PACKET_BYTES), spliced()),
    },
    ROUNDS,
  )
  const row = (label: string, cell: (ms: number) => string): TableRow => [
    label,
    cell(times.copy),
    cell(times.align),
    cell(times.splice),
  ]
  printTable(
    [`pieces of ${pieceBytes / 1024} KB`, 'copy', 'copy, aligner', 'copy, splicer and watch'],
    [
      row('time', duration),
      row('bytes a second', (ms) => megabytes(media.length / (ms / 1000))),
      row('against the copy', (ms) => ratio(ms, times.copy)),
      row('channels that fill a core', (ms) => count((SECONDS * 1000) / ms)),
    ],
  )
}

/** All media in pieces, each copied, because a splicer rewrites what it gets. */
function feed(pieceBytes: number, take: Take): void {
  let bytes = 0
  for (let at = 0; at < media.length; at += pieceBytes) bytes += take(Buffer.from(media.subarray(at, at + pieceBytes)))
  // A splicer waits for its first key frame; more must not be missing.
  if (bytes < media.length * 0.98) throw new Error(`only ${bytes} of ${media.length} bytes came out`)
}

function aligned(): Take {
  const aligner = createPacketAligner()
  return (piece) => aligner.push(piece).length
}

/** Whole packets, as an aligner gives them. */
function spliced(): Take {
  let bytes = 0
  const sink = (packets: Buffer): void => {
    bytes += packets.length
  }
  const splicer = new Splicer({ sink, monotonicMs: () => performance.now() })
  splicer.startInput({ watch: new StreamWatch() })
  return (piece) => {
    bytes = 0
    splicer.push(piece)
    return bytes
  }
}
