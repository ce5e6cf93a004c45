export type RedisReply = string | number | null | RedisReply[]

export type RedisConnection = {
  /** @throws Error with the message of an error reply, or when the connection is lost */
  command(...parts: ReadonlyArray<string | number>): Promise<RedisReply>
  close(): void
}

/**
 * One connection that never reconnects, by a client that the product does not use, so that a fault
 * of the product's client cannot hide.
 *
 * @param url `redis://[user:password@]host:port[/database]`
 */
export async function connectToRedis(url: string): Promise<RedisConnection> {
  // Loaded late, because it is large and most test files never need it.
  const { createClient } = await import('@redis/client')
  const client = createClient({
    url,
    RESP: 2,
    disableClientInfo: true,
    socket: { reconnectStrategy: false },
  })
  // Each command reports the loss of the connection to its caller.
  client.on('error', () => {})
  await client.connect()
  return {
    command: (...parts) => client.sendCommand<RedisReply>(parts.map(String)),
    close: () => client.destroy(),
  }
}

/** Sends one command over a connection that lives only for it. */
export async function sendRedisCommand(url: string, ...parts: ReadonlyArray<string | number>): Promise<RedisReply> {
  const connection = await connectToRedis(url)
  try {
    return await connection.command(...parts)
  } finally {
    connection.close()
  }
}
