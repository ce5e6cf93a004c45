import { hash } from 'node:crypto'
import type { CatalogChannel, CatalogReader } from '@kptv/catalog'
import type { Source } from '@kptv/config'
import type { Request, RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import { isKnownTag } from '../../http/known-tag.ts'
import type { LoopGuard } from '../../http/loop-guard.ts'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { addressDigest, parseLogoId, sealedLogo } from '../../rendered/logo-id.ts'
import { callerOf } from '../../users/caller.ts'
import { openLogo } from './fetch-logo.ts'
import type { LogoImage, LogoImages } from './logo-images.ts'
import { placeholderLogo } from './placeholder-logo.ts'

export type LogoRouteOptions = {
  readonly logoImages: LogoImages
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly sources: () => readonly Source[]
  readonly isOurs: LoopGuard
}

/** An SVG that is opened on its own runs nothing and loads nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
const CACHED = {
  image: 'public, max-age=86400',
  renamed: 'public, max-age=300',
  placeholder: 'public, max-age=600',
  busy: 'no-store',
}

/**
 * `GET|HEAD /logo/<name>`: the logo of a channel, or its initials if there is none that may be
 * shown. Only logos of the catalogue are fetched.
 */
export function logoRoute(options: LogoRouteOptions): RequestHandler<{ readonly logo: string }> {
  const { catalog } = options

  return async (request, response) => {
    const name = parseLogoId(request.params.logo.replace(/\.(?:png|jpg|svg)$/, ''))
    if (name === undefined) return sendError(response, 'not-found')
    try {
      const channel = await catalog.channel(name.channelId)
      const { sight } = callerOf(response)
      if (channel === undefined || sight?.includes(channel) === false) return sendError(response, 'not-found')
      const image = await findImage(channel, request, options)
      if (typeof image === 'string') return send(request, response, placeholderOf(channel), CACHED[image])
      const isSame = addressDigest(sealedLogo(channel) ?? '') === name.digest
      send(request, response, image, isSame ? CACHED.image : CACHED.renamed)
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }
}

async function findImage(
  channel: CatalogChannel,
  request: Request,
  { logoImages, sources, isOurs }: Omit<LogoRouteOptions, 'catalog'>,
): Promise<LogoImage | 'placeholder' | 'busy'> {
  const sealed = sealedLogo(channel)
  const address = sealed && openLogo(sealed, channel, sources())
  // A list may name our own link.
  if (!sealed || !address || (await isOurs(request.get('via')))) return 'placeholder'
  try {
    return (await logoImages.find(sealed, address)) ?? 'placeholder'
  } catch (error) {
    if (error instanceof QueueFullError) return 'busy'
    throw error
  }
}

function placeholderOf({ name }: CatalogChannel): LogoImage {
  const bytes = placeholderLogo(name)
  return { type: 'image/svg+xml', bytes, etag: `"${hash('sha256', bytes).slice(0, 16)}"` }
}

function send(request: Request, response: Response, { type, bytes, etag }: LogoImage, cacheControl: string): void {
  response.set({
    'Cache-Control': cacheControl,
    ETag: etag,
    'Content-Security-Policy': POLICY,
    'Cross-Origin-Resource-Policy': 'cross-origin',
  })
  if (isKnownTag(request.get('if-none-match'), etag)) response.status(304).end()
  else response.set('Content-Type', type).send(bytes)
}
