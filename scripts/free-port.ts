import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'

/** A port that no program listens on at this moment. */
export async function freePort(): Promise<number> {
  return listenBriefly(0, '127.0.0.1')
}

/**
 * The port that `file` remembers from last time if it is still free, else another, which it then
 * remembers.
 */
export async function samePort(file: string): Promise<number> {
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  const port =
    Number.isInteger(last) && last > 0 && (await whyNotListen(last, '127.0.0.1')) === undefined
      ? last
      : await freePort()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, String(port))
  return port
}

/**
 * Whether a port can be listened on.
 *
 * @returns `undefined` if so, else the reason for people
 */
export async function whyNotListen(port: number, host?: string): Promise<string | undefined> {
  try {
    await listenBriefly(port, host)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') return 'is in use by another program'
    if (code === 'EACCES') return 'may not be used without root rights'
    if (code === 'EADDRNOTAVAIL') return 'cannot be used: this machine does not have that address'
    return `cannot be used (${String(code)})`
  }
}

function listenBriefly(port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
