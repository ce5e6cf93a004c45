import { RE2JS } from 're2js'

export type NamePattern = {
  /**
   * Whether the text holds a part that fits. Time grows only with the length of the text, for any
   * pattern.
   */
  readonly fits: (text: string) => boolean
}

const MAX_PATTERN = 1_000

/**
 * `undefined` if the text is not a pattern of RE2, which has no look-around and no back references.
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
