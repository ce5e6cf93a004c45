/**
 * Stands in a body where what follows does not continue what came before: other clocks, counters, perhaps other codecs. In front of all else: the clock is not
 * the provider's, but this connection's alone.
 */
export const NEW_INPUT = Symbol('new input')

export type MediaPiece = Buffer | typeof NEW_INPUT
