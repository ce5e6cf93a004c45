import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'
import { type BodyFraming, tidyHeader } from './answer-header.ts'
import { createChunkTidier } from './chunked-body.ts'

export const MAX_HEADER_BYTES = 64 * 1024
const LF = 0x0a
const CR = 0x0d
/** A server that sends more of them gets no other treatment. */
const MAX_INTERIM_ANSWERS = 32
/** Before the LF of one line. */
const MAX_CR = 2

type Body = {
  /** The bytes to pass on to a strict parser. */
  push(bytes: Buffer): Buffer[]
  /** More came than the answer had announced. */
  readonly hasExcess?: boolean
}

/**
 * Lets a strict HTTP parser read what sloppy servers send: header and framing of each answer are
 * rewritten (see `tidyHeader`, `createChunkTidier`), and bytes after the end of an answer are
 * dropped. Bodies are not copied.
 */
export function createAnswerTidier() {
  let held: Buffer | undefined
  let heldBytes = 0
  let interimAnswers = 0
  let body: Body | undefined

  function expectAnswer(): void {
    held = undefined
    heldBytes = 0
    interimAnswers = 0
    body = undefined
  }

  function push(bytes: Buffer): Buffer[] {
    if (body !== undefined) return body.push(bytes)
    const { header, rest, isWhole } = takeHeader(bytes)
    if (header === undefined) return []
    const tidy = isWhole ? tidyHeader(header.toString('latin1')) : undefined
    const isInterim = tidy?.framing.kind === 'interim'
    if (tidy === undefined || (isInterim && interimAnswers >= MAX_INTERIM_ANSWERS)) {
      body = RAW
      return [header, rest]
    }
    if (isInterim) {
      // Nobody waits for it, and some servers write it as one that would end the connection.
      interimAnswers += 1
      heldBytes = 0
      return push(rest)
    }
    expectAnswer()
    body = bodyOf(tidy.framing)
    const head = Buffer.from(tidy.text, 'latin1')
    return rest.length === 0 ? [head] : [head, ...push(rest)]
  }

  /** The header once it is whole, or once it cannot become one: then all that came. */
  function takeHeader(received: Buffer): {
    readonly header: Buffer | undefined
    readonly rest: Buffer
    readonly isWhole: boolean
  } {
    // Empty lines in front are not kept: they would be searched again with every byte.
    const start = heldBytes > 0 ? 0 : received.findIndex((byte) => byte !== CR && byte !== LF)
    if (start === -1) return { header: undefined, rest: NOTHING, isWhole: false }
    const bytes = received.subarray(start)
    held ??= Buffer.allocUnsafe(MAX_HEADER_BYTES)
    const copied = bytes.copy(held, heldBytes)
    const searchFrom = Math.max(0, heldBytes - 2 - MAX_CR)
    heldBytes += copied
    const known = held.subarray(0, heldBytes)
    const end = endOfHeader(known, searchFrom)
    const isHopeless = heldBytes === held.length || !mayBeStatusLine(known)
    if (end === undefined && !isHopeless) return { header: undefined, rest: NOTHING, isWhole: false }
    const length = end ?? heldBytes
    const rest = bytes.subarray(copied - (heldBytes - length))
    return { header: known.subarray(0, length), rest, isWhole: end !== undefined }
  }

  return {
    /** A request is sent: the next bytes are the header of its answer. */
    expectAnswer,
    push,
    hasExcess: (): boolean => body?.hasExcess === true,
    /** The connection has ended: returns the bytes that were held back. */
    end: (): Buffer => (body === undefined && held !== undefined ? held.subarray(0, heldBytes) : NOTHING),
  }
}

export type AnswerTidier = ReturnType<typeof createAnswerTidier>

/** Passes all that a socket receives through a tidier. */
export function tidyAnswers(socket: Duplex): Pick<AnswerTidier, 'expectAnswer' | 'hasExcess'> {
  const tidier = createAnswerTidier()
  // All bytes pass the socket's own `push`; a stream around the socket would cost each chunk a
  // second way.
  const push = socket.push.bind(socket)
  socket.push = (chunk: Buffer | null) => {
    if (chunk === null) {
      const rest = tidier.end()
      if (rest.length > 0) push(rest)
      return push(null)
    }
    let wantsMore = true
    for (const piece of tidier.push(chunk)) if (piece.length > 0) wantsMore = push(piece)
    return wantsMore
  }
  return tidier
}

const NOTHING = Buffer.alloc(0)
const RAW: Body = { push: (bytes) => [bytes] }
const NO_BODY: Body = { push: () => [] }

function bodyOf(framing: BodyFraming): Body {
  if (framing.kind === 'chunked') return createChunkTidier()
  if (framing.kind === 'until-close') return RAW
  if (framing.kind !== 'length') return NO_BODY
  let leftBytes = framing.bytes
  let hasExcess = false
  return {
    push(bytes) {
      const part = bytes.subarray(0, leftBytes)
      leftBytes -= part.length
      hasExcess ||= part.length < bytes.length
      return [part]
    },
    get hasExcess() {
      return hasExcess
    },
  }
}

/** Behind the first empty line, which may end with LF alone or with several CR. */
function endOfHeader(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    let next = at + 1
    while (bytes[next] === CR && next - at <= MAX_CR) next += 1
    if (bytes[next] === LF) return next + 1
  }
  return undefined
}

/** Letters, and further on nothing that is no text: a packet, a list or a page is none. */
function mayBeStatusLine(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 64).replace(/^\s*(?:\xef(?:\xbb(?:\xbf|$)|$))?/, '')
  return start === '' || /^(?:http|icy)/i.test(start) || /^[a-z][\w/.-]*(?:$|:|[ \t]+(?:$|\d))/i.test(start)
}
