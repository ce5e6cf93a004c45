/** Shows the addresses to open, once there is something to see. */
export async function showAddresses(base: string, say: (line: string) => void): Promise<void> {
  const playlist = `${base}/playlist.m3u8`
  const channel = await firstChannel(playlist)
  say('ready')
  say(`  page       ${base}/`)
  say(`  playlist   ${playlist}`)
  if (channel !== undefined) say(`  a channel  ${channel}`)
  say(`  try        vlc ${channel ?? playlist}`)
}

/** The first address in the playlist; only its beginning is read, because it may be huge. */
async function firstChannel(playlist: string): Promise<string | undefined> {
  try {
    const response = await fetch(playlist, { signal: AbortSignal.timeout(10_000) })
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString('utf8')
      const found = /^(https?:\/\/\S+)\r?\n/m.exec(text)
      if (found !== null) return found[1]
      if (text.length > 1_000_000) return undefined
    }
  } catch {
    // The addresses are worth showing without an example.
  }
  return undefined
}
