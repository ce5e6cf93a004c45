import { RE2JS } from 're2js'

export type NamePattern = {
  /**
   * Whether the text holds a part that fits. Time grows with the length of the text alone, whatever
   * the pattern is.
   */
  readonly fits: (text: string) => boolean
}

const MAX_PATTERN = 1_000

/**
 * `undefined` if the text is no pattern in the syntax of RE2, which has no look-around and no back
 * references.
 */
export function compilePattern(text: string): NamePattern | undefined {
  if (text === '' || text.length > MAX_PATTERN) return undefined
  try {
    const pattern = RE2JS.compile(text)
    return { fits: (name) => pattern.test(name) }
  } catch {
    return undefined
  }
}
