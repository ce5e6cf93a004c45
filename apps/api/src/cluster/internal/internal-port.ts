import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Asking, answerQuestion } from './left-request.ts'
import { answerListQuestion, type LedLists } from './list-request.ts'
import { readSegmentQuestion, type SegmentRef } from './segment-request.ts'

/**
 * Other edges send few requests, one question each. Node checks these timeouts only at this
 * interval, by default every 30 s.
 */
const LIMITS = {
  headersTimeout: 2_000,
  requestTimeout: 2_000,
  keepAliveTimeout: 1_000,
  connectionsCheckingInterval: 500,
  maxHeaderSize: 4 * 1024,
}
const MAX_CONNECTIONS = 64

export type InternalPort = {
  /** By which other nodes reach this very process. */
  readonly url: string
  /** From now on questions are answered; before that none is. */
  answerFor(asking: Asking): void
  /** From now on segments and their lists are given out, as soon as questions are answered. */
  offerSegments(offered: OfferedSegments): void
  [Symbol.asyncDispose](): Promise<void>
}

/** A segment that this process holds, in parts. */
export type HeldSegments = (segment: SegmentRef) => readonly Buffer[] | undefined

type OfferedSegments = { readonly held: HeldSegments; readonly listOf: LedLists }

type InternalPortOptions = {
  /** Other nodes reach this one there; unset: at `localAddress`. */
  readonly host: string | undefined
  /** 0: any that is free. */
  readonly port: number
  /**
   * The address by which this machine reaches Redis, and so, most likely, by which its peers reach
   * it. IPv6 in brackets.
   */
  readonly localAddress: string
}

/**
 * Opens the port on which this process, and no other, answers the other nodes. It is a separate
 * port because several processes share the public one. It listens on `localAddress` only, unless
 * another address is given, which may belong to a router.
 *
 * @throws when the port is taken
 */
export async function openInternalPort({ host, port, localAddress }: InternalPortOptions): Promise<InternalPort> {
  let asking: Asking | undefined
  let offered: OfferedSegments | undefined
  const server = createServer(LIMITS, (request, response) => {
    const { url = '' } = request
    const asked = request.method === 'GET' ? asking : undefined
    const segment = asked && readSegmentQuestion(url, asked.key)
    if (segment !== undefined) return sendParts(response, offered?.held(segment))
    const list = asked && offered && answerListQuestion(url, asked.key, offered.listOf)
    const answer = Buffer.from(list ?? (asked && answerQuestion(url, asked)) ?? '')
    const headers = { 'content-type': 'application/json', 'content-length': answer.length, connection: 'close' }
    response.writeHead(answer.length === 0 ? 404 : 200, headers).end(answer)
  })
  server.maxConnections = MAX_CONNECTIONS
  const listenHost = host === undefined ? localAddress.replace(/^\[|\]$/g, '') : undefined
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, ...(listenHost !== undefined && { host: listenHost }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const named = host?.includes(':') ? `[${host}]` : (host ?? localAddress)
  return {
    url: `http://${named}:${(server.address() as AddressInfo).port}`,
    answerFor(who) {
      asking = who
    },
    offerSegments(segments) {
      offered = segments
    },
    [Symbol.asyncDispose]() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function sendParts(response: ServerResponse, parts: readonly Buffer[] | undefined): void {
  const length = parts?.reduce((sum, part) => sum + part.length, 0) ?? 0
  response.writeHead(parts === undefined ? 404 : 200, { 'content-length': length, connection: 'close' })
  response.cork()
  for (const part of parts ?? []) response.write(part)
  response.uncork()
  response.end()
}
