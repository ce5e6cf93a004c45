/** All that a stream of server-sent events has brought so far; closed when disposed. */
export async function openEvents(url: string) {
  const leave = new AbortController()
  const response = await fetch(url, { signal: leave.signal })
  const decoder = new TextDecoder()
  let text = `${JSON.stringify([response.status, ...response.headers])}\n`
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  })().catch(() => undefined)
  return {
    text: () => text,
    async [Symbol.asyncDispose]() {
      leave.abort()
      await reading
    },
  }
}
