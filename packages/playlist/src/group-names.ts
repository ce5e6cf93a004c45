/**
 * The groups that a `group-title` names: `News;Culture` is in both, and in the group of the whole
 * text, in case that is meant. Separated by `;` as Kodi has it, or by `|`.
 */
export function groupNames(title: string): readonly string[] {
  if (!SEPARATOR.test(title)) return [title]
  return [...new Set([title, ...groupParts(title)])]
}

/** The same without the whole text, where it has parts. */
export function groupParts(title: string): readonly string[] {
  if (!SEPARATOR.test(title)) return [title]
  const parts = title
    .split(SEPARATOR)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return parts.length === 0 ? [title] : [...new Set(parts)]
}

const SEPARATOR = /[;|]/
