import type { Socket } from 'node:net'
import {
  basicAuthorization,
  type DigestChallenge,
  digestAuthorization,
  type Login,
  readDigestChallenge,
} from '../digest-login.ts'
import { answerError, upstreamError } from '../upstream-error.ts'
import { connectJudged, type JudgedPolicy } from './judged-socket.ts'
import type { Carry } from './relay.ts'
import { createRtspReader, fieldOf, type RtspPiece, withoutField, writeMessage } from './rtsp-messages.ts'

type Message = Extract<RtspPiece, { readonly kind: 'message' }>

type RtspTarget = {
  /** Without the login. */
  readonly url: URL
  readonly login: Login | undefined
  readonly userAgent: string | undefined
}

const RTSP_PORT = 554
const MAX_REDIRECTS = 5

/**
 * Carries one RTSP connection of ffmpeg to its provider: the provider's address, its login and our
 * name are in the sent messages, but unknown to ffmpeg. The relay checks and follows each redirect;
 * ffmpeg never sees one.
 */
export function carryRtsp(target: RtspTarget, policy: JudgedPolicy): Carry {
  return (client, { fail, track }) => {
    const session = new RtspSession(target, policy, { client, fail, track })
    session.start()
  }
}

type SessionIo = { readonly client: Socket } & Parameters<Carry>[1]

class RtspSession {
  readonly #target: RtspTarget
  readonly #policy: JudgedPolicy
  readonly #io: SessionIo
  /** The current destination of requests. */
  #url: URL
  #provider: Promise<Socket> | undefined
  #challenge: DigestChallenge | 'basic' | undefined
  #uses = 0
  #redirects = 0
  /** The request whose response is awaited: ffmpeg sends one at a time. */
  #pending: { readonly request: Message; hasLogin: boolean } | undefined

  constructor(target: RtspTarget, policy: JudgedPolicy, io: SessionIo) {
    this.#target = target
    this.#policy = policy
    this.#io = io
    this.#url = target.url
  }

  start(): void {
    const { client } = this.#io
    const reader = createRtspReader()
    client.on('data', (bytes: Buffer) =>
      this.#guarded(() => {
        for (const piece of reader.push(bytes)) this.#fromFfmpeg(piece)
      }),
    )
    client.once('close', () => void this.#provider?.then((provider) => provider.destroy()).catch(() => {}))
  }

  #connect(): Promise<Socket> {
    const { hostname, port } = this.#url
    const target = { host: hostname, port: Number(port || RTSP_PORT), isTls: false }
    const connecting = connectJudged(target, this.#policy, this.#url).then((provider) => {
      this.#io.track(provider)
      if (this.#io.client.destroyed) provider.destroy()
      const reader = createRtspReader()
      provider.on('data', (bytes: Buffer) => {
        if (this.#provider !== connecting) return
        this.#guarded(() => {
          for (const piece of reader.push(bytes)) this.#fromProvider(piece)
        })
      })
      provider.once('close', () => {
        if (this.#provider === connecting) this.#io.client.end()
      })
      return provider
    })
    return connecting
  }

  #fromFfmpeg(piece: RtspPiece): void {
    if (piece.kind === 'message' && !piece.first.startsWith('RTSP/')) {
      this.#pending = { request: piece, hasLogin: false }
      this.#send(piece)
      return
    }
    const bytes = piece.kind === 'media' ? piece.bytes : writeMessage(piece.first, piece.fields, piece.body)
    void this.#provider?.then((provider) => provider.write(bytes)).catch(() => {})
  }

  #send({ first, fields, body }: Message): void {
    const [method = '', uri = '', version = 'RTSP/1.0'] = first.split(' ')
    const target = this.#realUri(uri)
    const own = [...withoutField(withoutField(fields, 'user-agent'), 'authorization')]
    const { userAgent } = this.#target
    if (userAgent !== undefined) own.push(`User-Agent: ${userAgent}`)
    const authorization = this.#authorizationFor(method, target)
    if (authorization !== undefined) own.push(`Authorization: ${authorization}`)
    this.#provider ??= this.#connect()
    this.#provider
      .then((provider) => provider.write(writeMessage(`${method} ${target} ${version}`, own, body)))
      .catch((error: unknown) => this.#io.fail(error))
  }

  /** ffmpeg knows the address of the relay, and what the provider's own answers name. */
  #realUri(uri: string): string {
    const [, suffix] = /^rtsp:\/\/127\.0\.0\.1:\d+\/[0-9a-f]+(.*)$/.exec(uri) ?? []
    const { host, pathname, search } = this.#url
    return suffix === undefined ? uri : `rtsp://${host}${pathname}${search}${suffix}`
  }

  #authorizationFor(method: string, uri: string): string | undefined {
    const { login, url } = this.#target
    if (login === undefined || this.#challenge === undefined || url.host !== this.#url.host) return undefined
    if (this.#challenge === 'basic') return basicAuthorization(login)
    this.#uses += 1
    return digestAuthorization(this.#challenge, { login, method, uri, count: this.#uses })
  }

  #fromProvider(piece: RtspPiece): void {
    if (piece.kind === 'media') return this.#toFfmpeg(piece.bytes)
    const status = Number(/^RTSP\/\d\.\d (\d{3})/.exec(piece.first)?.[1])
    // A request of the server: it may not send ffmpeg elsewhere.
    if (Number.isNaN(status)) {
      if (!piece.first.startsWith('REDIRECT')) this.#toFfmpeg(writeMessage(piece.first, piece.fields, piece.body))
      return
    }
    if (status >= 300 && status < 400) return this.#redirect(fieldOf(piece.fields, 'location'))
    if (status === 401 && this.#answersChallenge(piece.fields)) return
    if (REFUSALS.has(status)) return this.#io.fail(this.#refusal(status))
    this.#toFfmpeg(writeMessage(piece.first, piece.fields, piece.body))
  }

  #redirect(location: string | undefined): void {
    const pending = this.#pending
    this.#redirects += 1
    const text = location?.replace(/^rtsp:\/\//i, 'http://') ?? ''
    if (pending === undefined || !/^rtsp:\/\//i.test(location ?? '') || !URL.canParse(text)) {
      return this.#io.fail(upstreamError('bad-redirect', this.#url))
    }
    if (this.#redirects > MAX_REDIRECTS) return this.#io.fail(upstreamError('too-many-redirects', this.#url))
    const left = this.#provider
    this.#url = new URL(text)
    this.#challenge = undefined
    this.#provider = undefined
    // The socket of a hop is closed before the next one opens.
    void left?.then(
      (socket) => {
        socket.once('close', () => this.#send(pending.request))
        socket.destroy()
      },
      (error: unknown) => this.#io.fail(error),
    )
  }

  #answersChallenge(fields: readonly string[]): boolean {
    const pending = this.#pending
    if (pending === undefined || pending.hasLogin || this.#target.login === undefined) return false
    if (this.#target.url.host !== this.#url.host) return false
    const challenges = fields.filter((field) => /^www-authenticate\s*:/i.test(field)).join(', ')
    this.#challenge = readDigestChallenge(challenges.replace(/www-authenticate\s*:/gi, '')) ?? 'basic'
    this.#uses = 0
    pending.hasLogin = true
    this.#send(pending.request)
    return true
  }

  #refusal(status: number) {
    return answerError({ status, finalUrl: this.#url, headers: {} })
  }

  #toFfmpeg(bytes: Buffer): void {
    const { client } = this.#io
    if (client.write(bytes)) return
    void this.#provider?.then((provider) => {
      provider.pause()
      client.once('drain', () => provider.resume())
    })
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch {
      this.#io.fail(upstreamError('unexpected-answer', this.#url))
    }
  }
}

/** Failures that explain more about the account or the stream than that ffmpeg has failed. */
const REFUSALS = new Set([401, 403, 404, 410, 429, 503])
