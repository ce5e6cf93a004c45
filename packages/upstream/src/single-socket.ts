import type { LookupAddress } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AddressPolicy } from './address-policy.ts'
import type { DirectReading } from './direct-reading.ts'
import { lookupHost, toLookupFunction } from './names/host-lookup.ts'
import { type AnswerTidier, tidyAnswers } from './tidy-answers.ts'

/** An agent that opens one socket, only to an allowed address, and reports when it is closed. */
export type SingleSocket = {
  readonly agent: http.Agent
  /** Connected, and for https past the handshake. */
  readonly ready: Promise<void>
  /**
   * Resolves after the socket's `close` event; after `destroy()` at once if none was ever opened.
   */
  readonly closed: Promise<void>
  /** True if the connection ended in an error, such as a reset. */
  readonly hasFailed: () => boolean
  /** Open, and free for another request: only ever true with `keepAlive`. */
  readonly isIdle: () => boolean
  /** More came than the answer had announced. */
  readonly hasExcess: () => boolean
  /** To be called before each request: the next bytes are the header of its response. */
  expectAnswer(): void
  destroy(): void
}

export type SocketOptions = {
  readonly secure: boolean
  readonly allowAddress: AddressPolicy
  /**
   * Called right before the socket is opened, and again when its name is resolved: without
   * permission none is opened.
   */
  readonly mayConnect?: (() => boolean) | undefined
  /** Name resolution of this process, unless a test has its own. */
  readonly lookup?: LookupFunction | undefined
  readonly tls?: 'verify' | 'insecure' | undefined
  /** Kept open for further requests, one after the other. */
  readonly keepAlive?: boolean
  readonly reading?: DirectReading | undefined
}

/**
 * Node gives up on each address but the last after 250 ms, too soon for providers far away
 * (nodejs/node#54359).
 */
const ADDRESS_ATTEMPT_MS = 2_500

export function createSingleSocket(options: SocketOptions): SingleSocket {
  const ready = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  let socket: Duplex | undefined
  let destroyed = false
  let failed = false
  let answers: Pick<AnswerTidier, 'expectAnswer' | 'hasExcess'> | undefined

  const agentOptions = {
    keepAlive: options.keepAlive ?? false,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    lookup: guardLookup(options),
    rejectUnauthorized: options.tls !== 'insecure',
  }
  const agent = options.secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (connectOptions, callback) => {
    if (destroyed || socket) throw new Error('only one socket may be opened')
    if (options.mayConnect?.() === false) throw withdrawn()
    const { reading } = options
    // Both kinds of connections know it; the types of the agents do not.
    const how = reading === undefined ? connectOptions : Object.assign({}, connectOptions, { onread: reading.onread })
    socket = connect(how, callback) ?? undefined
    if (socket) reading?.attach(socket)
    if (socket) answers = tidyAnswers(socket)
    socket?.once(options.secure ? 'secureConnect' : 'connect', ready.resolve)
    socket?.once('close', () => closed.resolve())
    socket?.once('error', () => {
      failed = true
    })
    return socket
  }

  return {
    agent,
    ready: ready.promise,
    closed: closed.promise,
    hasFailed: () => failed,
    isIdle: () =>
      socket?.destroyed === false &&
      Object.values(agent.freeSockets)
        .flat()
        .some((free) => free === socket),
    hasExcess: () => answers?.hasExcess() === true,
    expectAnswer: () => answers?.expectAnswer(),
    destroy() {
      destroyed = true
      if (socket) socket.destroy()
      else closed.resolve()
    },
  }
}

const sharedLookup = toLookupFunction(lookupHost)

/**
 * The check sits inside the socket's own lookup, so the address that was checked is the address
 * that is used.
 */
function guardLookup({ lookup = sharedLookup, allowAddress, mayConnect }: SocketOptions): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '')
      if (mayConnect?.() === false) return callback(withdrawn(), '')
      const allowed = (found as LookupAddress[]).filter(({ address }) => allowAddress(address, hostname))
      const [first] = allowed
      if (!first) return callback(Object.assign(new Error('no allowed address'), { code: 'blocked-address' }), '')
      if (options.all) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }
}

function withdrawn(): NodeJS.ErrnoException {
  return Object.assign(new Error('connecting is no longer allowed'), { code: 'aborted' })
}
