import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorTable } from '../packages/contract/src/index.ts'
import { describeKeys } from '../packages/redis/src/index.ts'
import { ROOT } from './child-process.ts'

export type GeneratedPart = {
  readonly file: string
  /** Stands between `<!-- name -->` and `<!-- /name -->`. */
  readonly name: string
  readonly render: () => string
}

/** The parts of documents that are written from the code. */
export const GENERATED_PARTS: readonly GeneratedPart[] = [
  { file: 'docs/errors.md', name: 'errors', render: errorTable },
  { file: 'docs/redis-keys.md', name: 'keys', render: describeKeys },
]

/**
 * The text of a document with its generated part as it should be.
 *
 * @throws when the document has no place for it
 */
export function withPart(text: string, { file, name, render }: GeneratedPart): string {
  const [before, rest] = splitOnce(text, `<!-- ${name} -->`)
  const [, after] = splitOnce(rest ?? '', `<!-- /${name} -->`)
  if (after === undefined) throw new Error(`${file} has no <!-- ${name} --> … <!-- /${name} -->`)
  return `${before}<!-- ${name} -->\n${render()}\n<!-- /${name} -->${after}`
}

export function readDocument(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

function splitOnce(text: string, at: string): [before: string, after: string | undefined] {
  const index = text.indexOf(at)
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + at.length)]
}
