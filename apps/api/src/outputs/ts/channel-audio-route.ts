import { type AudioForm, AudioReader } from '@kptv/mpegts'
import { isVod } from '@kptv/playlist'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { FoundChannel, Refused } from '../../sessions/channel-lookup.ts'
import { callerOf } from '../../users/caller.ts'
import type { StreamRouteOptions } from './channel-stream-route.ts'
import { durationMsOf, leaving, type MediaForm, mediaHeaders, sinkOf, watchChannel } from './watch-channel.ts'

const TYPES: Readonly<Record<AudioForm, string>> = { aac: 'audio/aac', mp3: 'audio/mpeg' }

/**
 * `GET|HEAD /stream/{channel}.aac` and `.mp3`: the audio of a channel as it is, for players that
 * know no transport streams. It is taken out of the output that all viewers share, so it costs no
 * connection of its own.
 */
export function channelAudioRoute(
  { lookup, isOurs, watching }: Omit<StreamRouteOptions, 'sendVod' | 'foundFiles' | 'catalog'>,
  audioForm: AudioForm,
): RequestHandler<{ readonly channel: string }> {
  const form: MediaForm = { type: TYPES[audioForm], openSink: openAudioSink(audioForm) }
  return async (request, response) => {
    const left = leaving(response)
    let found: FoundChannel | Refused
    try {
      if (await isOurs(request.get('via'))) return sendError(response, 'loop')
      if (durationMsOf(request.query) === undefined) return sendError(response, 'bad-request')
      found = await lookup.find(request.params.channel, callerOf(response).sight)
    } catch {
      return sendError(response, 'coordination-unavailable')
    }
    if ('refused' in found) return sendError(response, found.refused)
    if (found.record !== undefined && isVod(found.record)) return sendError(response, 'no-such-audio')
    if (request.method === 'HEAD') return void response.set(mediaHeaders(form.type)).status(200).end()
    const refusal = await watchChannel({ request, response, left }, found, { form, lookup, watching })
    if (refusal !== undefined) sendError(response, refusal)
  }
}

/** The status depends on the tables, with which every join point starts. */
function openAudioSink(form: AudioForm): MediaForm['openSink'] {
  return (response, begin, refuse) => {
    const reader = new AudioReader(form)
    const sink = sinkOf(response)
    let state: 'waiting' | 'sending' | 'refused' = 'waiting'
    return {
      ...sink,
      write(bytes, done) {
        const audio = reader.push(bytes)
        if (state === 'waiting' && reader.isThere !== undefined) {
          state = reader.isThere ? 'sending' : 'refused'
          if (reader.isThere) begin()
          else refuse('no-such-audio')
        }
        if (state === 'sending' && audio.length > 0) sink.write(audio, done)
        else process.nextTick(done)
      },
    }
  }
}
