import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { GuideFileError, unreadableFile } from './guide-file-error.ts'

const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])
/** A guide shrinks to a tenth or a twentieth; anything that grows more is a bomb. */
const MAX_BYTES = 4 * 1024 * 1024 * 1024
/** A dictionary of 64 MiB is the largest that xz's own presets make. */
const XZ_ARGUMENTS = ['--decompress', '--stdout', '--memlimit-decompress=80MiB']

/**
 * The pieces of a document, decompressed if they begin like an xz file. Node has no xz, so the
 * program `xz` does it.
 *
 * @throws GuideFileError while iterating
 */
export async function* unpackGuide(chunks: AsyncIterable<Buffer>, program = 'xz'): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  try {
    while (head.length < XZ_MAGIC.length) {
      const { done, value } = await iterator.next()
      if (done) break
      head = Buffer.concat([head, value])
    }
    const unreadable = unreadableFile(head)
    if (unreadable !== undefined) throw unreadable
    const rest = { [Symbol.asyncIterator]: () => iterator }
    if (head.subarray(0, XZ_MAGIC.length).equals(XZ_MAGIC)) yield* decompress(head, rest, program)
    else {
      if (head.length > 0) yield head
      yield* rest
    }
  } finally {
    await iterator.return?.()
  }
}

async function* decompress(head: Buffer, rest: AsyncIterable<Buffer>, program: string): AsyncGenerator<Buffer> {
  const child = spawn(program, XZ_ARGUMENTS, { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'close').then(
    ([code]) => (code === 0 ? undefined : new GuideFileError('xz-damaged')),
    () => new GuideFileError('xz-not-installed'),
  )
  const fed = feed(child.stdin, head, rest)
  fed.catch(() => child.kill('SIGKILL'))
  let bytes = 0
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw new GuideFileError('guide-too-large')
      yield chunk
    }
    // A download that broke off explains the damage better.
    const failure = await ended
    await fed
    if (failure !== undefined) throw failure
  } finally {
    child.kill('SIGKILL')
  }
}

async function feed(stdin: NodeJS.WritableStream, head: Buffer, rest: AsyncIterable<Buffer>): Promise<void> {
  // The program may end first, which `close` reports.
  stdin.on('error', () => {})
  stdin.write(head)
  for await (const chunk of rest) {
    if (!stdin.writable) return
    if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')])
  }
  stdin.end()
}
