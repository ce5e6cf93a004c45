/** State of a splicer's input; each line of the table is one state, each entry one transition. */

/**
 * `unknown`: no tables yet, or none that name anything to play · `seam`: waits for a join point, or
 * for the place up to which viewers have had the stream · `running`: packets are passed ·
 * `refused`: no player of the output could continue with it
 */
export type SpliceState = 'unknown' | 'seam' | 'running' | 'refused'

/**
 * `input`: another input starts · `playable`: tables name a main stream · `unknown`: they no longer
 * do · `refusal`: of another video codec · `joined`: a unit was found with which the output
 * continues · `broken`: its time has jumped, or its main stream has moved
 */
export type SpliceEvent = 'input' | 'playable' | 'unknown' | 'refusal' | 'joined' | 'broken'

const TRANSITIONS: Readonly<Record<SpliceState, Readonly<Partial<Record<SpliceEvent, SpliceState>>>>> = {
  unknown: { playable: 'seam', refusal: 'refused' },
  seam: { input: 'unknown', unknown: 'unknown', refusal: 'refused', joined: 'running' },
  running: { input: 'unknown', unknown: 'unknown', refusal: 'refused', broken: 'seam' },
  refused: { input: 'unknown', unknown: 'unknown', playable: 'seam' },
}

/** An event that has no entry changes nothing. */
export function nextState(state: SpliceState, event: SpliceEvent): SpliceState {
  return TRANSITIONS[state][event] ?? state
}
