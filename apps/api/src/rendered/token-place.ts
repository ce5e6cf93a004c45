import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { TOKEN_PLACE } from '../http/links.ts'

const PLACE = Buffer.from(TOKEN_PLACE)

/** Writes the token of one user into a text that is rendered for many. */
export function fillInToken(token: string): Transform {
  const bytes = Buffer.from(token)
  let rest: Buffer = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const pieces: Buffer[] = []
      let from = 0
      for (let at = text.indexOf(PLACE); at >= 0; at = text.indexOf(PLACE, from)) {
        pieces.push(text.subarray(from, at), bytes)
        from = at + PLACE.length
      }
      // A place may begin in this chunk and end in the next one.
      const kept = Math.max(from, text.length - (PLACE.length - 1))
      pieces.push(text.subarray(from, kept))
      rest = text.subarray(kept)
      done(null, Buffer.concat(pieces))
    },
    flush(done) {
      done(null, rest)
    },
  })
}

/** The tag of a text with the token in it; without one, that of the text. */
export function tagWithToken(etag: string, token: string | undefined): string {
  if (token === undefined) return etag
  const mark = createHash('sha256').update(token).digest('base64url').slice(0, 8)
  return `${etag.slice(0, -1)}-${mark}"`
}
