import { readFileSync } from 'node:fs'

/**
 * Loaded into an edge by `--import`: sets its clock forward by the milliseconds in the file that
 * `CLOCK_SHIFT_FILE` names, as NTP would.
 */
const file = process.env.CLOCK_SHIFT_FILE ?? ''
const realNow = Date.now.bind(Date)
let shiftMs = 0
Date.now = () => realNow() + shiftMs
setInterval(() => {
  try {
    shiftMs = Number(readFileSync(file, 'utf8'))
  } catch {
    // Nobody has set the clock yet.
  }
}, 50).unref()
