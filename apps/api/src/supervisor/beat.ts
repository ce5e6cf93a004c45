import { CHILD_TIMES } from './child-life.ts'

/** What an edge process tells its supervisor, several times a second. */
export type Beat = { readonly kind: 'beat'; readonly incarnation?: string; readonly serves: boolean }

export function isBeat(message: unknown): message is Beat {
  if (typeof message !== 'object' || message === null) return false
  const { kind, incarnation, serves } = message as Record<string, unknown>
  return kind === 'beat' && typeof serves === 'boolean' && ['string', 'undefined'].includes(typeof incarnation)
}

type Send = (message: Beat, done: (error: Error | null) => void) => unknown

/**
 * Tells the supervisor that this process lives, from now to its end. A beat that the supervisor has
 * not taken yet is not followed by more.
 *
 * @param send of `process`; unset when there is no supervisor
 * @param incarnation the present one; undefined as long as the process holds nothing
 */
export function startBeats(send: Send | undefined, incarnation: () => string | undefined): { beat(): void } {
  let isUnderWay = false
  const beat = (): void => {
    if (send === undefined || isUnderWay) return
    const id = incarnation()
    isUnderWay = true
    // An error means that the supervisor is gone; the event `disconnect` tells that, too.
    send({ kind: 'beat', serves: id !== undefined, ...(id === undefined ? {} : { incarnation: id }) }, () => {
      isUnderWay = false
    })
  }
  setInterval(beat, CHILD_TIMES.beatMs).unref()
  beat()
  return { beat }
}
