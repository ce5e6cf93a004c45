import type { Attributes } from './attributes.ts'
import type { Variables } from './model.ts'

/** The origin of a playlist, for variables that are defined elsewhere. */
export type VariableSources = {
  /** Of the master playlist. */
  readonly imported?: Variables | undefined
  /** Of the playlist's own address. */
  readonly query?: ReadonlyMap<string, string> | undefined
}

const MAX_VARIABLES = 64
const MAX_VALUE = 4_096
const REFERENCE = /\{\$([a-zA-Z0-9_-]+)\}/g

/**
 * Variables of EXT-X-DEFINE (RFC 8216bis section 4.4.2.3) and their references (section 4.3). Lines
 * without a reference cost nothing.
 */
export function createVariableReader({ imported, query }: VariableSources) {
  const variables = new Map<string, string>()
  let isBroken = false

  return {
    /** A reference is undefined or expands too much: the playlist must not be played. */
    get isBroken() {
      return isBroken
    },
    variables: variables as Variables,

    define(attributes: Attributes): void {
      const parameter = attributes.get('QUERYPARAM')
      const name = attributes.get('NAME') ?? attributes.get('IMPORT') ?? parameter
      const value = attributes.has('NAME')
        ? attributes.get('VALUE')
        : parameter === undefined
          ? imported?.get(name ?? '')
          : query?.get(parameter)
      if (name === undefined || value === undefined || variables.size >= MAX_VARIABLES) isBroken = true
      else variables.set(name, value.slice(0, MAX_VALUE))
    },

    replaceIn(text: string): string {
      if (variables.size === 0 || !text.includes('{$')) return text
      const replaced = text.replace(REFERENCE, (_, name: string) => {
        const value = variables.get(name)
        if (value === undefined) isBroken = true
        return value ?? ''
      })
      if (replaced.length <= MAX_VALUE * 4) return replaced
      isBroken = true
      return ''
    },
  }
}
