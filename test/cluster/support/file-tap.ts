import { type FileHandle, open } from 'node:fs/promises'
import { createServer, request as sendRequest } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { findFreePort } from '@kptv/testkit'

/** Stands between a player and an edge, and compares all that the player gets with the file. */
type FileTap = {
  readonly url: string
  /** So far: ranges that were sent, bytes that were as in the file, and places of others. */
  readonly seen: { ranges: number; bytes: number; readonly wrongAt: number[] }
  [Symbol.asyncDispose](): Promise<void>
}

/** @param edgeUrl `http://127.0.0.1:port`, no slash at the end */
export async function startFileTap(edgeUrl: string, path: string): Promise<FileTap> {
  const file = await open(path)
  const seen: FileTap['seen'] = { ranges: 0, bytes: 0, wrongAt: [] }
  const server = createServer((request, response) => {
    const { method, headers } = request
    const onward = sendRequest(edgeUrl + request.url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      const [, from = '0'] = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '') ?? []
      const isMedia = answer.statusCode === 200 || answer.statusCode === 206
      if (isMedia) seen.ranges += 1
      let at = Number(from)
      // Compared in order, before the player gets it: players leave in the middle.
      const compared = async function* (pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          if (isMedia && !(await isAsInFile(file, piece, at))) seen.wrongAt.push(at)
          at += piece.length
          seen.bytes += piece.length
          yield piece
        }
      }
      void pipeline(answer, compared, response).catch(() => onward.destroy())
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    onward.end()
  })
  const port = await findFreePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await file.close()
    },
  }
}

async function isAsInFile(file: FileHandle, piece: Buffer, at: number): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(piece.length), 0, piece.length, at)
  return bytesRead === piece.length && buffer.equals(piece)
}
