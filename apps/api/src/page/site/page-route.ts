import type { RequestHandler, Response } from 'express'
import { sendError } from '../../http/error-response.ts'
import { protectPage } from '../../http/page.ts'
import type { PageFile, PageFiles } from './page-files.ts'

const ONE_YEAR = 'public, max-age=31536000, immutable'

/** One of the documents of the page; browsers ask each time whether it has changed. */
export function documentRoute(files: PageFiles, name: 'index.html' | 'admin.html'): RequestHandler {
  return (request, response) => {
    const file = files.find(name)
    if (file === undefined) return sendError(response, 'page-missing')
    protectPage(response)
    send(response, file, { brotli: request.acceptsEncodings('br') !== false, cacheControl: 'no-cache' })
  }
}

/** `GET /assets/…`: scripts and styles, whose names change with their content. */
export function assetsRoute(files: PageFiles): RequestHandler {
  return (request, response, next) => {
    const file = files.find(`assets${request.path}`)
    if (file === undefined || !['GET', 'HEAD'].includes(request.method)) return next()
    send(response, file, { brotli: request.acceptsEncodings('br') !== false, cacheControl: ONE_YEAR })
  }
}

function send(response: Response, file: PageFile, how: { readonly brotli: boolean; readonly cacheControl: string }) {
  response.set({ 'Content-Type': file.type, 'Cache-Control': how.cacheControl, Vary: 'Accept-Encoding' })
  if (how.brotli) response.set('Content-Encoding', 'br')
  response.send(how.brotli ? file.brotli : file.plain)
}
