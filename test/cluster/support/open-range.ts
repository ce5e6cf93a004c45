/** Opens a VOD near its beginning, as a player does that then plays it. */
export async function openRange(url: string) {
  const { status, body } = await fetch(url, { headers: { Range: 'bytes=1000-' } })
  const reader = body!.getReader()
  await reader.read()
  return {
    status,
    leave: () => reader.cancel(),
    /** Reads on until it ends, in order or cut off. */
    async untilEnd(): Promise<void> {
      while (!(await reader.read().catch(() => ({ done: true }))).done);
    },
  }
}
