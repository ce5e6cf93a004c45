import { findSecrets } from '@kptv/addresses'
import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { type FileGuides, NO_FILE_GUIDES, toFileGuides } from './file-guides.ts'
import { findHeaderSecrets } from './header-secrets.ts'
import type { Source } from './parse-sources.ts'
import type { FileContent } from './read-sources-file.ts'
import { accountId, namedSourceId } from './source-id.ts'
import { fileShape, type WrittenSource } from './source-shape.ts'

/** A mistake in the file. `line` starts at 1; `message` shows no value. */
export type FileProblem = { readonly line: number; readonly message: string }

export type ParsedSourcesFile = {
  readonly sources: readonly Source[]
  readonly guides: FileGuides
  readonly problems: readonly FileProblem[]
}

type Path = ReadonlyArray<string | number>
type Place = { readonly lineOf: (path: Path) => number; readonly secrets: readonly string[] }

const MAX_ALIASES = 100
const SHORTEST_SECRET = 4

/**
 * Reads the YAML text of `SOURCES_FILE`, or reports why there is none. It finds all problems at
 * once, in the order of their lines; if there are any, no source of the file may be used. An id
 * depends on the name alone: address, host and login may change.
 */
export function parseSourcesFile(file: FileContent): ParsedSourcesFile {
  if ('problem' in file) return refused([{ line: 1, message: `the file ${file.problem}` }])
  const { text } = file
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const lineAt = (offset: number): number => Math.max(lines.linePos(offset).line, 1)
  // The parser's own messages quote the text, which may be a password.
  const broken = document.errors.map(({ code, pos }) => ({
    line: lineAt(pos[0]),
    message: `not valid YAML (${code})`,
  }))
  if (broken.length > 0) return refused(broken)
  const value = toValue(document)
  if (value instanceof Error) return refused([{ line: 1, message: 'not valid YAML (BAD_ALIAS)' }])
  const lineOf = (path: Path): number => lineAt(offsetOf(document, path))
  const secrets = secretsIn(text)
  const result = fileShape.safeParse(value)
  if (!result.success)
    return refused(result.error.issues.flatMap((issue) => describe(issue, { lineOf, secrets })).sort(byLine))
  const sources = result.data.sources.map(toSource)
  const problems = result.data.sources.flatMap((source, index) => {
    const line = lineOf(['sources', index, 'name'])
    const earlier = sources.findIndex(({ id }) => id === sources[index]?.id)
    if (earlier < index)
      return [{ line, message: `name: ${JSON.stringify(source.name)} is the name of another source already` }]
    const shows = sources[index]?.secrets.some(
      (secret) => secret.length >= SHORTEST_SECRET && source.name.includes(secret),
    )
    return shows ? [{ line, message: 'name: holds a part of the login, and is shown to people' }] : []
  })
  if (problems.length > 0) return refused(problems)
  return { sources, guides: toFileGuides(result.data.guides, result.data.guideMap), problems: [] }
}

function refused(problems: readonly FileProblem[]): ParsedSourcesFile {
  return { sources: [], guides: NO_FILE_GUIDES, problems }
}

/** The plain value, or the error if an alias leads nowhere, or aliases expand too much. */
function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    return error
  }
}

function toSource(written: WrittenSource): Source {
  const { name, limit, priority, userAgent, listHeaders, playHeaders, tls, coolDown, epgUrl, charset, filters } =
    written
  const { guideTimeZone, guideShift } = written
  const url = new URL(written.url)
  url.hash = ''
  const id = namedSourceId(name)
  const secrets = [
    ...findSecrets(url.href),
    ...findSecrets(epgUrl ?? ''),
    ...findHeaderSecrets([...(listHeaders ?? []), ...(playHeaders ?? [])]),
  ]
  return {
    id,
    name,
    url: url.href,
    accountId: accountId(url),
    limit,
    secrets: [...new Set(secrets)],
    ...(priority === undefined ? {} : { priority }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(listHeaders === undefined ? {} : { listHeaders }),
    ...(playHeaders === undefined ? {} : { playHeaders }),
    ...(tls === undefined ? {} : { tls }),
    ...(coolDown === undefined ? {} : { coolDownMs: coolDown }),
    ...(epgUrl === undefined ? {} : { epgUrl }),
    ...(guideTimeZone === undefined ? {} : { guideTimeZone }),
    ...(guideShift === undefined ? {} : { guideShiftMs: Math.round(guideShift * 3_600_000) }),
    ...(charset === undefined ? {} : { charset }),
    ...(filters === undefined ? {} : { filters }),
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

/** The secrets of all addresses in the text. */
function secretsIn(text: string): string[] {
  const found = (text.match(/https?:\/\/[^\s"']+/gi) ?? []).flatMap(findSecrets)
  return found.filter((secret) => secret.length >= SHORTEST_SECRET)
}

/** The position of the value; without one, of its key or of the item around it. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => (key as { value?: unknown } | null)?.value === path[length - 1])
      const start = (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0]
      if (start !== undefined) return start
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] | null } | undefined
    if (node?.range?.[0] !== undefined) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function byLine(first: FileProblem, second: FileProblem): number {
  return first.line - second.line
}
