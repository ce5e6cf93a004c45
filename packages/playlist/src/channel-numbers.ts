import type { Attributes } from './attributes.ts'
import { comparableKey } from './attributes.ts'

/** A channel that has a number in its attributes. Claims are compared field by field. */
export type NumberClaim = readonly [major: number, minor: string, source: number, id: string]

/** A claim that lost: its channel gets this number, or none if all are taken. */
export type NewNumber = { readonly id: string; readonly number: string | undefined }

/**
 * The number that a channel claims: the first valid one among its attributes, such as `7` or `5.1`.
 * Undefined for values that no player accepts as a number: 0, -1, 1e309, `BS141`.
 *
 * @param source Position of the channel's best source among all: the list of the first one keeps
 * its numbers.
 */
export function numberClaim(attributes: Attributes, source: number, id: string): NumberClaim | undefined {
  for (const [key, value] of attributes) {
    const parts = isNumberField(key) ? POSSIBLE_NUMBER.exec(value) : null
    if (parts) return [Number(parts[1]), parts[2] ?? '', source, id]
  }
  return undefined
}

export function compareClaims(first: NumberClaim, second: NumberClaim): number {
  return (
    first[0] - second[0] || compareText(first[1], second[1]) || first[2] - second[2] || compareText(first[3], second[3])
  )
}

/**
 * Makes numbers unique. Of several channels with the number 5, the one of the best source keeps it,
 * then the one with the lowest id. The others get numbers such as `5.42`, whose digits come from
 * their own ids. So a number stays the same as long as its channel and the keeper of the number
 * exist, and every node computes the same.
 */
export function createNumberResolver() {
  let major: number | undefined
  let minor: string | undefined
  let taken = new Set<string>()
  let losers: string[] = []
  let resolved: NewNumber[] = []

  function endOfMajor(): void {
    for (const id of losers) resolved.push({ id, number: freeNumber(id) })
    losers = []
    taken = new Set()
  }

  function freeNumber(id: string): string | undefined {
    const near = 1 + (Number.parseInt(id.slice(-6), 16) % NEAR_NUMBERS)
    const far = Number.parseInt(id.slice(-12, -6), 16) % FAR_NUMBERS
    for (let step = -1; step < FAR_NUMBERS; step++) {
      const digits = String(step < 0 ? near : NEAR_NUMBERS + 1 + ((far + step) % FAR_NUMBERS))
      if (taken.has(digits)) continue
      taken.add(digits)
      return `${major}.${digits}`
    }
    return undefined
  }

  function takeResolved(): NewNumber[] {
    const found = resolved
    resolved = []
    return found
  }

  return {
    /**
     * Takes the claims of a catalogue in the order of `compareClaims`; returns those that are
     * decided.
     */
    push(claim: NumberClaim): NewNumber[] {
      if (claim[0] !== major) {
        endOfMajor()
        minor = undefined
        major = claim[0]
      }
      if (claim[1] !== minor) {
        minor = claim[1]
        taken.add(minor)
      } else if (losers.length < MAX_LOSERS) losers.push(claim[3])
      else resolved.push({ id: claim[3], number: undefined })
      return takeResolved()
    },
    end(): NewNumber[] {
      endOfMajor()
      return takeResolved()
    },
  }
}

/**
 * The attributes with the new number in place of the old one, in all spellings; without a number
 * they are left out.
 */
export function withNumber(attributes: Attributes, number: string | undefined): Attributes {
  return attributes.flatMap(([key, value]) => {
    if (!isNumberField(key) || !POSSIBLE_NUMBER.test(value)) return [[key, value] as const]
    return number === undefined ? [] : [[key, number] as const]
  })
}

export function isNumberField(key: string): boolean {
  return NUMBER_FIELD.test(comparableKey(key))
}

/** 0, -1 and 1e309 are numbers, but of no channel; 5.1 is one. */
export const POSSIBLE_NUMBER = /^\s*0*([1-9]\d{0,8})(?:\.(\d{1,4}))?\s*$/

const NUMBER_FIELD = /^(?:tvg-chno|channel-number|ch-number)$/
/** Few digits are easier to read; more digits resolve collisions. */
const NEAR_NUMBERS = 99
const FAR_NUMBERS = 9_900
/**
 * Fractions of one whole number; further channels get none, so that the search for a free number
 * stays short.
 */
const MAX_LOSERS = 9_000

function compareText(first: string, second: string): number {
  if (first === second) return 0
  return first < second ? -1 : 1
}
