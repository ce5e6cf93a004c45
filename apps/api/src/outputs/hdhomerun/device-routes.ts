import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import { sendError, setErrorShape } from '../../http/error-response.ts'
import { createLinks, linkBase } from '../../http/links.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { callerOf, setCaller } from '../../users/caller.ts'
import { deviceXml, discoverAnswer, LINEUP_STATUS, lineupAnswer, lineupM3u, lineupXml } from './describe-device.ts'
import { type AskedDevice, type DeviceFactsOptions, deviceFacts } from './device-facts.ts'
import { tunerError } from './tuner-error.ts'

export type DeviceRoutesOptions = DeviceFactsOptions & { readonly baseUrl: string | undefined }

type Answer = (asked: AskedDevice, response: Response) => unknown

/**
 * The documents of a device that looks like an HDHomeRun, by their names. Each is there for all
 * channels (`/hdhr`), and for one group (`/hdhr/<profile>`).
 */
export function deviceRoutes(options: DeviceRoutesOptions): Readonly<Record<string, RequestHandler>> {
  const { devices, baseUrl } = options

  const answerWith =
    (answer: Answer): RequestHandler =>
    async (request, response) => {
      const profile = profileOf(request)
      const base = linkBase(baseUrl, request)
      if (base === undefined) return sendError(response, 'bad-request')
      try {
        const caller = callerOf(response)
        const device = await devices.find({ profile, sight: caller.sight })
        if (device === undefined) return sendError(response, 'catalog-missing')
        // A device without channels stops the set-up of recorders: this group is not there.
        if (profile !== undefined && device.channels.length === 0) return sendError(response, 'not-found')
        response.set('Cache-Control', 'no-cache')
        await answer({ device, base: createLinks(base).device(profile), profile, caller }, response)
      } catch (error) {
        sendError(response, error instanceof QueueFullError ? 'playlist-busy' : 'coordination-unavailable')
      }
    }

  return {
    'discover.json': answerWith(async (asked, response) =>
      response.json(discoverAnswer(await deviceFacts(asked, options))),
    ),
    'device.xml': answerWith(async (asked, response) =>
      response.type('application/xml').send(deviceXml(await deviceFacts(asked, options))),
    ),
    'lineup.json': answerWith(({ device, base }, response) => response.json(lineupAnswer(device.channels, base))),
    'lineup.xml': answerWith(({ device, base }, response) =>
      response.type('application/xml').send(lineupXml(device.channels, base)),
    ),
    'lineup.m3u': answerWith(({ device, base }, response) =>
      response.type('audio/x-mpegurl').send(lineupM3u(device.channels, base)),
    ),
    'lineup_status.json': (_request, response) => void response.json(LINEUP_STATUS),
  }
}

/** `POST /hdhr/lineup.post?scan=start`: the channels are known, so there is nothing to do. */
export const lineupScanRoute: RequestHandler = (_request, response) => void response.status(200).end()

/**
 * `GET|HEAD /hdhr/auto/v<number>`: the channel with this number. The route of `/stream/<channel>`
 * answers it; errors look as those of a tuner.
 */
export function tunerRoute({ devices }: Pick<DeviceRoutesOptions, 'devices'>): RequestHandler {
  return async (request, response, next) => {
    const [, number] = /^v(.+)$/.exec(String(request.params.number)) ?? []
    // A group may be called `auto`.
    if (number === undefined) return next()
    setErrorShape(response, tunerError)
    const caller = callerOf(response)
    let channelId: string | undefined
    try {
      const device = await devices.find({ profile: profileOf(request), sight: caller.sight })
      channelId = device?.channels.find((channel) => channel.number === number)?.channelId
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if (channelId === undefined) return sendError(response, 'unknown-channel')
    // A recorder has one address for all its people: no stream of it makes room for another.
    setCaller(response, { ...caller, device: randomUUID() })
    const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
    request.url = `/stream/${channelId}${query}`
    next()
  }
}

function profileOf({ params }: Request): string | undefined {
  return params.profile === undefined ? undefined : String(params.profile)
}
