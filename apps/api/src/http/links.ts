import { randomUUID } from 'node:crypto'
import type { Response } from 'express'
import { formatQuery, type SegmentFormat, type SegmentSeries } from './segment-format.ts'

/**
 * Letters, digits, dots and dashes, or an IPv6 address in brackets; then a port. Nothing that could
 * leave an attribute or a line.
 */
const HOST = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

type LinkRequest = {
  readonly protocol: string
  readonly host: string | undefined
  readonly res?: Pick<Response, 'locals'> | undefined
}

/** Links that the client of this request gets carry this token; `undefined`: they need none. */
export function setLinkToken({ locals }: Pick<Response, 'locals'>, token: string | undefined): void {
  locals.linkToken = token
}

export function linkTokenIn({ locals }: Pick<Response, 'locals'>): string | undefined {
  return locals.linkToken as string | undefined
}

/**
 * Placeholder for the token in texts that are rendered once for many users. It is random, so no
 * list or guide can contain it, and no cleaning or escaping of texts changes it.
 */
export const TOKEN_PLACE = `kptv-token-${randomUUID()}`

/**
 * The prefix of the links that a client gets, with its token and without a slash at the end.
 * BASE_URL wins; otherwise the scheme and host of the request, as received or as a trusted proxy
 * reports them. `undefined`: the request named no usable host.
 */
export function linkBase(configured: string | undefined, request: LinkRequest): string | undefined {
  return baseWith(configured, request, request.res && linkTokenIn(request.res))
}

/** The same for a text that many users share, with {@link TOKEN_PLACE} in place of the token. */
export function sharedLinkBase(configured: string | undefined, request: LinkRequest): string | undefined {
  return baseWith(configured, request, request.res && linkTokenIn(request.res) && TOKEN_PLACE)
}

function baseWith(configured: string | undefined, request: LinkRequest, token: string | undefined): string | undefined {
  const base = configured ?? hostOf(request)
  return base === undefined || token === undefined ? base : `${base}/link/${token}`
}

function hostOf({ protocol, host }: LinkRequest): string | undefined {
  const scheme = protocol === 'https' ? 'https' : 'http'
  return host !== undefined && HOST.test(host) ? `${scheme}://${host.toLowerCase()}` : undefined
}

/** Parameters of playlists and guides that select a part of the channels. */
type PartOfChannels = {
  readonly group?: string
  readonly sourceId?: string
  readonly text?: string
}

/** Every link of playlists and pages, in one place. */
export type Links = {
  readonly playlist: string
  /** The programme guide of the same part of the channels. */
  readonly guide: (part?: PartOfChannels) => string
  /** A channel, by default as one response of MPEG-TS. @param hls format of its segments by HLS */
  readonly stream: (channelId: string, hls?: SegmentFormat) => string
  /** A VOD, with the extension of its file: players choose by it how to open an address. */
  readonly vod: (channelId: string, extension: string) => string
  /** @param logoId of `rendered/logo-id.ts`, or a channel's id: its initials if it has no logo */
  readonly logo: (logoId: string) => string
  /** The past of a channel; a query says which part. */
  readonly archive: (channelId: string) => string
  /** A tuner (HDHomeRun) with all channels, or with those of one group. */
  readonly device: (profile?: string) => string
}

/** @param base of {@link linkBase} */
export function createLinks(base: string): Links {
  return {
    playlist: `${base}/playlist.m3u8`,
    guide: (part = {}) => `${base}/guide.xml${queryOf(part)}`,
    stream: (channelId, hls) => `${base}/stream/${channelId}${hls === undefined ? '.ts' : `.m3u8${formatQuery(hls)}`}`,
    vod: (channelId, extension) => `${base}/stream/${channelId}.${extension}`,
    logo: (logoId) => `${base}/logo/${logoId}`,
    archive: (channelId) => `${base}/archive/${channelId}.ts`,
    device: (profile) => `${base}/hdhr${profile === undefined ? '' : `/${encodeURIComponent(profile)}`}`,
  }
}

/** The media playlist of an HLS player, as seen from the multivariant playlist of its channel. */
export function hlsPlaylistPath({ channelId, format }: SegmentSeries, player: string): string {
  return `${channelId}/hls/${player}/${format === 'ts' ? '' : `${format}/`}live.m3u8`
}

function queryOf({ group, sourceId: source, text: q }: PartOfChannels): string {
  const given = Object.entries({ group, source, q }).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
