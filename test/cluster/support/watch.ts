import { eventually, openViewer, type Viewer } from '@kptv/testkit'

const viewers = new Set<Viewer>()

/** Opens a channel as a player does; every packet is checked as it arrives. */
export async function watch(url: string, headers: Record<string, string> = {}): Promise<Viewer> {
  const viewer = await openViewer(url, { headers })
  viewers.add(viewer)
  return viewer
}

/**
 * As {@link watch}, for a channel that may be refused for a moment, because a catalogue is being
 * built or a node has missed a beat: players come back.
 */
export function watchSoon(url: string): Promise<Viewer> {
  const attempt = async () => {
    const viewer = await watch(url)
    if (viewer.status === 200) return viewer
    viewer.close()
    viewers.delete(viewer)
    return undefined
  }
  return eventually(`${url} plays`, attempt, { deadlineMs: 60_000, everyMs: 250 })
}

/** All viewers leave: for the end of a test, however it went. */
export function leaveAll(): void {
  for (const viewer of viewers) viewer.close()
  viewers.clear()
}
