import { CHILD_TIMES } from './child-life.ts'

/** The report of an edge process to its supervisor, several times a second. */
export type Beat = { readonly kind: 'beat'; readonly incarnation?: string; readonly serves: boolean }

export function isBeat(message: unknown): message is Beat {
  if (typeof message !== 'object' || message === null) return false
  const { kind, incarnation, serves } = message as Record<string, unknown>
  return kind === 'beat' && typeof serves === 'boolean' && ['string', 'undefined'].includes(typeof incarnation)
}

/** An edge process asks its supervisor to end the node as SIGTERM does: a person ordered it. */
type DrainRequest = { readonly kind: 'drain' }

export const DRAIN_REQUEST: DrainRequest = { kind: 'drain' }

export function isDrainRequest(message: unknown): message is DrainRequest {
  return typeof message === 'object' && message !== null && (message as { readonly kind?: unknown }).kind === 'drain'
}

type Send = (message: Beat, done: (error: Error | null) => void) => unknown

/**
 * Reports to the supervisor that this process lives, from now to its end. Sends no further beat
 * until the supervisor has read the last one.
 *
 * @param send of `process`; unset without a supervisor
 * @param incarnation the current one; undefined while the process holds nothing
 */
export function startBeats(send: Send | undefined, incarnation: () => string | undefined): { beat(): void } {
  let isUnderWay = false
  const beat = (): void => {
    if (send === undefined || isUnderWay) return
    const id = incarnation()
    isUnderWay = true
    // An error means that the supervisor is gone; the event `disconnect` reports that, too.
    send({ kind: 'beat', serves: id !== undefined, ...(id === undefined ? {} : { incarnation: id }) }, () => {
      isUnderWay = false
    })
  }
  setInterval(beat, CHILD_TIMES.beatMs).unref()
  beat()
  return { beat }
}
