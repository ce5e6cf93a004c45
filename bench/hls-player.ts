import { Agent, get } from 'node:http'
import { crc32 } from 'node:zlib'

type Downloaded = { readonly bytes: number; readonly checksum: number }

/** One connection a request: a kept one may be closed by the server just when it is used again. */
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

/** Reads an answer to its end. @throws when it is not 200 */
export function download(url: string, onText?: (text: string) => void): Promise<Downloaded> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      let [bytes, checksum, text] = [0, 0, '']
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`))
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (onText === undefined) checksum = crc32(piece, checksum)
        else text += piece.toString()
      })
      response.on('error', reject)
      response.on('end', () => {
        onText?.(text)
        resolve({ bytes, checksum })
      })
    })
    request.on('error', reject)
  })
}

/** A player without a screen: it reads its playlist, and each segment once. */
export class HlsPlayer {
  readonly #playlist: string
  readonly #checksums: Map<string, number>
  #last = ''
  bytes = 0
  wrong = 0

  /** @param checksums of the segments, which all players share */
  constructor(playlist: string, checksums: Map<string, number>) {
    this.#playlist = playlist
    this.#checksums = checksums
  }

  /** The newest segments since the last call; at first only one. */
  async turn(): Promise<void> {
    let names: string[] = []
    const { bytes } = await download(this.#playlist, (text) => {
      names = text.match(/^\d+\.ts$/gm) ?? []
    })
    this.bytes += bytes
    const next = this.#last === '' ? names.slice(-1) : names.filter((name) => name > this.#last)
    for (const name of next) {
      this.#last = name
      const segment = await download(new URL(name, this.#playlist).href)
      this.bytes += segment.bytes
      const expected = this.#checksums.get(name) ?? segment.checksum
      this.#checksums.set(name, expected)
      if (segment.checksum !== expected) this.wrong += 1
    }
  }
}
