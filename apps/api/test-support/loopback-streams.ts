import type { Source } from '@kptv/config'
import { createAddressPolicy } from '@kptv/upstream'
import { createPlayableStreams } from '../src/providers/playable-streams.ts'

/** The streams that a node can play whose providers listen on this machine. */
export function loopbackStreams(sources: readonly Source[]) {
  return createPlayableStreams(
    {
      sources: () => sources,
      userAgent: 'test',
      reqOrigin: undefined,
      reqReferrer: undefined,
      healthCheckTimeoutMs: 30_000,
    },
    createAddressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowedHosts: () => [] }),
  )
}
