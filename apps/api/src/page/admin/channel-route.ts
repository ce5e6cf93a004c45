import type { ChannelDetails } from '@kptv/contract'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'

/** `GET /admin/channels/{channel}`: a channel in play, from all nodes. */
export function channelDetailsRoute(
  describe: (channel: string) => Promise<ChannelDetails | undefined>,
): RequestHandler<{ readonly channel: string }> {
  return async ({ params }, response) => {
    try {
      const details = await describe(params.channel)
      if (details === undefined) sendError(response, 'not-in-play')
      else response.set('Cache-Control', 'no-store').json(details)
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }
}
