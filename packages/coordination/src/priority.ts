/** Priorities are whole numbers from 0 to this one; a higher one comes first. */
export const MAX_PRIORITY = 100
