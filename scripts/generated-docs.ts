import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  describeEnvironment,
  describeSettings,
  sourcesFileSchema,
  usersFileSchema,
} from '../packages/config/src/index.ts'
import { errorTable } from '../packages/contract/src/index.ts'
import { describeKeys } from '../packages/redis/src/index.ts'
import { ROOT } from './child-process.ts'

type GeneratedPart = {
  readonly file: string
  /**
   * Stands between `<!-- name -->` and `<!-- /name -->`; without it the whole file is generated.
   */
  readonly name?: string
  /** What makes a comment of a line in this file, where `<!--` alone does not. */
  readonly comment?: string
  readonly render: () => string
}

/** What `docker-compose.yaml` sets itself, and the name, which each container has already. */
const SET_BY_COMPOSE = 'SOURCES REDIS_URL PORT MAX_BUFFER_SIZE BUFFER_SIZE_PER_STREAM TRUSTED_PROXIES NODE_ID'.split(
  ' ',
)

/** The parts of documents that are written from the code. */
export const GENERATED_PARTS: readonly GeneratedPart[] = [
  {
    file: 'docker-compose.yaml',
    name: 'settings',
    comment: '  # ',
    render: () => describeEnvironment(SET_BY_COMPOSE),
  },
  { file: 'docs/settings.md', name: 'settings', render: describeSettings },
  {
    file: 'docs/settings.md',
    name: 'example',
    render: () => `\`\`\`yaml\n${readDocument('sources.example.yaml')}\`\`\``,
  },
  { file: 'docs/sources.schema.json', render: sourcesFileSchema },
  {
    file: 'docs/settings.md',
    name: 'users-example',
    render: () => `\`\`\`yaml\n${readDocument('users.example.yaml')}\`\`\``,
  },
  { file: 'docs/users.schema.json', render: usersFileSchema },
  { file: 'docs/errors.md', name: 'errors', render: errorTable },
  { file: 'docs/redis-keys.md', name: 'keys', render: describeKeys },
]

/**
 * The text of a document with its generated part as it should be.
 *
 * @throws when the document has no place for it
 */
export function withPart(text: string, { file, name, comment = '', render }: GeneratedPart): string {
  if (name === undefined) return `${render()}\n`
  const [before, rest] = splitOnce(text, `<!-- ${name} -->`)
  const [, after] = splitOnce(rest ?? '', `<!-- /${name} -->`)
  if (after === undefined) throw new Error(`${file} has no <!-- ${name} --> … <!-- /${name} -->`)
  return `${before}<!-- ${name} -->\n${render()}\n${comment}<!-- /${name} -->${after}`
}

export function readDocument(file: string): string {
  return existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : ''
}

function splitOnce(text: string, at: string): [before: string, after: string | undefined] {
  const index = text.indexOf(at)
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + at.length)]
}
