/** The faults of the inputs so far, in packets unless the name says otherwise. */
export type InputFaults = {
  transportErrors: number
  scrambled: number
  duplicates: number
  /** Breaks of a continuity counter; each is one packet or more. */
  losses: number
  /** Units that were cut short by a loss, or had no readable header. */
  damagedUnits: number
  /** Units whose time stamps did not fit the rest of the input. */
  strayUnits: number
}
