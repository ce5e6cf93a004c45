import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import type { FileContent } from './read-file.ts'

/** A mistake in the file. `line` starts at 1; `message` shows no value. */
export type FileProblem = { readonly line: number; readonly message: string }

type Path = ReadonlyArray<string | number>
type Place = { readonly lineOf: (path: Path) => number; readonly secrets: readonly string[] }

export type ReadYaml<Data> =
  | { readonly data: Data; readonly lineOf: (path: Path) => number }
  | { readonly problems: readonly FileProblem[] }

const MAX_ALIASES = 100

/**
 * Reads a YAML file of a known shape, or reports all its problems at once, in the order of their
 * lines. No problem shows a value of the file.
 *
 * @param secretsIn text that no name of a field may show either
 */
export function readYaml<Shape extends z.ZodType>(
  file: FileContent,
  shape: Shape,
  secretsIn: (text: string) => readonly string[],
): ReadYaml<z.infer<Shape>> {
  if ('problem' in file) return { problems: [{ line: 1, message: `the file ${file.problem}` }] }
  const { text } = file
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const lineAt = (offset: number): number => Math.max(lines.linePos(offset).line, 1)
  // The parser's own messages quote the text, which may be a password.
  const broken = document.errors.map(({ code, pos }) => ({
    line: lineAt(pos[0]),
    message: `not valid YAML (${code})`,
  }))
  if (broken.length > 0) return { problems: broken }
  const value = toValue(document)
  if (value instanceof Error) return { problems: [{ line: 1, message: 'not valid YAML (BAD_ALIAS)' }] }
  const lineOf = (path: Path): number => lineAt(offsetOf(document, path))
  const result = shape.safeParse(value)
  if (result.success) return { data: result.data, lineOf }
  const place = { lineOf, secrets: secretsIn(text) }
  return { problems: result.error.issues.flatMap((issue) => describe(issue, place)).sort(byLine) }
}

/** The plain value, or the error if an alias leads nowhere, or aliases expand too much. */
function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    return error
  }
}

function describe(issue: z.core.$ZodIssue, { lineOf, secrets }: Place): FileProblem[] {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: lineOf([...path, key]),
      message: `${nameOf([...path, key], secrets)}: is unknown here`,
    }))
  }
  return [
    { line: lineOf(path), message: `${path.length === 0 ? 'the file' : `${nameOf(path, secrets)}:`} ${issue.message}` },
  ]
}

/**
 * `sources[0].filters` is easy to find in the file. A key that is not a plain word, or is part of a
 * login, may be a value in the wrong place.
 */
function nameOf(path: Path, secrets: readonly string[]): string {
  const isShown = (word: string) => /^[a-z_ -]{1,40}$/i.test(word) && !secrets.some((secret) => word.includes(secret))
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${isShown(part) ? part : '(hidden)'}`))
    .join('')
    .replace(/^\./, '')
}

/** The position of the value; without one, of its key or of the item around it. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find(
        ({ key }) => (key as { readonly value?: unknown } | null)?.value === path[length - 1],
      )
      const start = (pair?.key as { readonly range?: readonly number[] } | undefined)?.range?.[0]
      if (start !== undefined) return start
    }
    const node = document.getIn(path.slice(0, length), true) as
      | { readonly range?: readonly number[] | null }
      | undefined
    if (node?.range?.[0] !== undefined) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function byLine(first: FileProblem, second: FileProblem): number {
  return first.line - second.line
}
