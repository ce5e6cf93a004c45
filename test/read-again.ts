// A server closes a connection that has been idle for a few seconds. On a busy machine that meets
// the next request of a test on the same connection, which then fails through no fault of the code.
// So a request that only reads is sent once more, as every browser does (RFC 9112, 9.3.1).

const fetchOnce = globalThis.fetch

globalThis.fetch = async (input, init) => {
  try {
    return await fetchOnce(input, init)
  } catch (error) {
    if (!isRead(input, init) || !isClosedConnection(error)) throw error
    return fetchOnce(input, init)
  }
}

function isRead(input: string | URL | Request, init: RequestInit | undefined): boolean {
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
  return method === 'GET' || method === 'HEAD'
}

function isClosedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { readonly message?: string } | undefined) : undefined
  return cause?.message === 'other side closed'
}
