/** The fate of a packet of the input. */

export const PASS = 0
export const DROP = 1
/** The packet, and all after it, must wait for more. */
export const WAIT = 2
/** The kept packets come first, then this packet again. */
export const REPLAY = 3

export type Fate = typeof PASS | typeof DROP | typeof WAIT | typeof REPLAY
