/** What a splicer is doing with its input; each line of the table is one state, each entry one transition. */

/**
 * `untold`: no tables yet, or none that name anything to play · `seam`: waits for a join point, or for the place up to which
 * viewers have had the stream · `running`: packets are passed · `refused`: no player of the output could go on with it
 */
export type SpliceState = 'untold' | 'seam' | 'running' | 'refused'

/**
 * `input`: another input starts · `told`: tables name a main stream · `untold`: they do not any more · `refusal`: of another video
 * codec · `joined`: a unit was found with which the output goes on · `broken`: its time has jumped, or its main stream has moved
 */
export type SpliceEvent = 'input' | 'told' | 'untold' | 'refusal' | 'joined' | 'broken'

const TRANSITIONS: Readonly<Record<SpliceState, Readonly<Partial<Record<SpliceEvent, SpliceState>>>>> = {
  untold: { told: 'seam', refusal: 'refused' },
  seam: { input: 'untold', untold: 'untold', refusal: 'refused', joined: 'running' },
  running: { input: 'untold', untold: 'untold', refusal: 'refused', broken: 'seam' },
  refused: { input: 'untold', untold: 'untold', told: 'seam' },
}

/** An event that has no entry changes nothing. */
export function nextState(state: SpliceState, event: SpliceEvent): SpliceState {
  return TRANSITIONS[state][event] ?? state
}
