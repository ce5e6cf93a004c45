import { RE2JS } from 're2js'

type NamePattern = {
  /**
   * Whether the text holds a part that fits. Time grows only with the length of the text, for any
   * pattern.
   */
  readonly fits: (text: string) => boolean
  /** Names of its groups. */
  readonly groups: readonly string[]
  /** The texts of the named groups in the first part that fits; `undefined`: none does. */
  readonly partsOf: (text: string) => Readonly<Record<string, string>> | undefined
}

const MAX_PATTERN = 1_000

/**
 * `undefined` if the text is not a pattern of RE2, which has no look-around and no back references.
 */
export function compilePattern(text: string): NamePattern | undefined {
  if (text === '' || text.length > MAX_PATTERN) return undefined
  try {
    const pattern = RE2JS.compile(text)
    const groups = Object.keys(pattern.namedGroups())
    return {
      fits: (name) => pattern.test(name),
      groups,
      partsOf(name) {
        if (!pattern.test(name)) return undefined
        const matcher = pattern.matcher(name)
        if (!matcher.find()) return undefined
        return Object.fromEntries(groups.map((group) => [group, matcher.group(group) ?? '']))
      },
    }
  } catch {
    return undefined
  }
}
