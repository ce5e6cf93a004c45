import { openViewer, type Viewer } from '@kptv/testkit'

const viewers = new Set<Viewer>()

/** Opens a channel as a player does; every packet is checked as it arrives. */
export async function watch(url: string, headers: Record<string, string> = {}): Promise<Viewer> {
  const viewer = await openViewer(url, { headers })
  viewers.add(viewer)
  return viewer
}

/** All viewers leave: for the end of a test, however it went. */
export function leaveAll(): void {
  for (const viewer of viewers) viewer.close()
  viewers.clear()
}
