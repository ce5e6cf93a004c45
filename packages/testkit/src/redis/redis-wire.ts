import { once } from 'node:events'
import { connect } from 'node:net'

export type RedisReply = string | number | null | RedisReply[]

export type RedisWire = {
  /** One command and its answer. @throws Error with Redis' own message on an error reply or a lost connection. */
  command(...parts: ReadonlyArray<string | number>): Promise<RedisReply>
  close(): void
}

/**
 * The least of a Redis client (RESP2, one connection, no reconnect), so that the test kit depends on no client
 * that is itself under test.
 *
 * @param url `redis://[user:password@]host:port[/database]`
 */
export async function connectRedisWire(url: string): Promise<RedisWire> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379), noDelay: true })
  await once(socket, 'connect')

  let waiting: Array<{ resolve: (reply: RedisReply) => void; reject: (error: Error) => void }> = []
  let unread = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk])
    for (;;) {
      const parsed = parseReply(unread, 0)
      if (parsed === undefined) return
      unread = unread.subarray(parsed.end)
      const caller = waiting.shift()
      if (parsed.value instanceof Error) caller?.reject(parsed.value)
      else caller?.resolve(parsed.value)
    }
  })
  const failAll = () => {
    for (const caller of waiting) caller.reject(new Error('Redis closed the connection'))
    waiting = []
  }
  socket.on('error', failAll)
  socket.on('close', failAll)

  const command: RedisWire['command'] = (...parts) =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(new Error('Redis closed the connection'))
      waiting.push({ resolve, reject })
      const encoded = parts.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`)
      socket.write(`*${parts.length}\r\n${encoded.join('')}`)
    })

  try {
    if (password) await command('AUTH', ...[username, password].filter(Boolean).map(decodeURIComponent))
    if (pathname.length > 1) await command('SELECT', pathname.slice(1))
  } catch (error) {
    socket.destroy()
    throw error
  }
  return { command, close: () => socket.destroy() }
}

/** Sends one command over a connection that lives only for it. */
export async function sendRedisCommand(url: string, ...parts: ReadonlyArray<string | number>): Promise<RedisReply> {
  const wire = await connectRedisWire(url)
  try {
    return await wire.command(...parts)
  } finally {
    wire.close()
  }
}

type Parsed = { value: RedisReply | Error; end: number }

function parseReply(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', start + 1, lineEnd)
  const afterLine = lineEnd + 2
  switch (String.fromCharCode(bytes[start]!)) {
    case ':':
      return { value: Number(line), end: afterLine }
    case '-':
      return { value: new Error(line), end: afterLine }
    case '$':
      return parseBulk(bytes, { start: afterLine, length: Number(line) })
    case '*':
      return parseArray(bytes, { start: afterLine, length: Number(line) })
    default:
      return { value: line, end: afterLine }
  }
}

function parseBulk(bytes: Buffer, part: { start: number; length: number }): Parsed | undefined {
  if (part.length < 0) return { value: null, end: part.start }
  const end = part.start + part.length
  if (bytes.length < end + 2) return undefined
  return { value: bytes.toString('utf8', part.start, end), end: end + 2 }
}

function parseArray(bytes: Buffer, part: { start: number; length: number }): Parsed | undefined {
  if (part.length < 0) return { value: null, end: part.start }
  const items: RedisReply[] = []
  let end = part.start
  while (items.length < part.length) {
    const item = parseReply(bytes, end)
    if (item === undefined) return undefined
    items.push(item.value instanceof Error ? item.value.message : item.value)
    end = item.end
  }
  return { value: items, end }
}
