import { findSecrets } from '@kptv/addresses'
import { doubleChannels, type FileChannel, toFileChannel } from './file-channels.ts'
import { type FileGuides, NO_FILE_GUIDES, toFileGuides } from './file-guides.ts'
import { findHeaderSecrets } from './header-secrets.ts'
import type { Source } from './parse-sources.ts'
import type { FileContent } from './read-file.ts'
import { type FileProblem, readYaml } from './read-yaml.ts'
import { accountId, namedSourceId } from './source-id.ts'
import { loginProblem, otherLogin, readKind, secretsOf, writtenLogins } from './source-logins.ts'
import { fileShape, type WrittenSource } from './source-shape.ts'

export type ParsedSourcesFile = {
  readonly sources: readonly Source[]
  readonly guides: FileGuides
  readonly channels: readonly FileChannel[]
  readonly problems: readonly FileProblem[]
}

const SHORTEST_SECRET = 4

/**
 * Reads the YAML text of `SOURCES_FILE`, or reports why there is none. It finds all problems at
 * once, in the order of their lines; if there are any, no source of the file may be used. An id
 * depends on the name alone: address, host and login may change.
 */
export function parseSourcesFile(file: FileContent): ParsedSourcesFile {
  const read = readYaml(file, fileShape, secretsIn)
  if ('problems' in read) return refused(read.problems)
  const { data, lineOf } = read
  const unfit = data.sources.flatMap((source, index) => {
    const message = loginProblem(source)
    return message === undefined ? [] : [{ line: lineOf(['sources', index, 'name']), message }]
  })
  if (unfit.length > 0) return refused(unfit)
  const sources = data.sources.map(toSource)
  const problems = data.sources.flatMap((source, index) => {
    const line = lineOf(['sources', index, 'name'])
    const earlier = sources.findIndex(({ id }) => id === sources[index]?.id)
    if (earlier < index)
      return [{ line, message: `name: ${JSON.stringify(source.name)} is the name of another source already` }]
    const shows = secretsOf(sources[index]).some(
      (secret) => secret.length >= SHORTEST_SECRET && source.name.includes(secret),
    )
    return shows ? [{ line, message: 'name: holds a part of the login, and is shown to people' }] : []
  })
  problems.push(...doubleChannels(data.channels ?? [], (index) => lineOf(['channels', index, 'channel'])))
  if (problems.length > 0) return refused(problems)
  const channels = (data.channels ?? []).map(toFileChannel)
  return { sources, guides: toFileGuides(data.guides, data.guideMap, data.eventNames), channels, problems: [] }
}

function refused(problems: readonly FileProblem[]): ParsedSourcesFile {
  return { sources: [], guides: NO_FILE_GUIDES, channels: [], problems }
}

function toSource(written: WrittenSource): Source {
  const { name, priority, userAgent, listHeaders, playHeaders, tls, coolDown, epgUrl, charset, filters } = written
  const { guideTimeZone, guideShift, archiveTimeZone } = written
  const { type, kinds } = readKind(written)
  const [first, ...others] = writtenLogins(written)
  const { url, limit } = first
  const id = namedSourceId(name)
  const ofLogin = findSecrets(url.href)
  const secrets = [
    ...ofLogin,
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
    ...(type === undefined ? {} : { type }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(others.length === 0
      ? {}
      : { otherLogins: others.map((login) => otherLogin(login, url, [...new Set(secrets)])) }),
    ...(priority === undefined ? {} : { priority }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(listHeaders === undefined ? {} : { listHeaders }),
    ...(playHeaders === undefined ? {} : { playHeaders }),
    ...(tls === undefined ? {} : { tls }),
    ...(coolDown === undefined ? {} : { coolDownMs: coolDown }),
    ...(epgUrl === undefined ? {} : { epgUrl }),
    ...(guideTimeZone === undefined ? {} : { guideTimeZone }),
    ...(guideShift === undefined ? {} : { guideShiftMs: Math.round(guideShift * 3_600_000) }),
    ...(archiveTimeZone === undefined ? {} : { archiveTimeZone }),
    ...(charset === undefined ? {} : { charset }),
    ...(filters === undefined ? {} : { filters }),
  }
}

/** The secrets of all addresses in the text, and of its logins. */
function secretsIn(text: string): string[] {
  const ofLogins = [...text.matchAll(/\b(?:username|password)["']?:\s*["']?([^\s"',}]+)/gi)].map(
    ([, secret = '']) => secret,
  )
  const found = [...ofLogins, ...(text.match(/(?:https?|xtreams?):\/\/[^\s"']+/gi) ?? []).flatMap(findSecrets)]
  return found.filter((secret) => secret.length >= SHORTEST_SECRET)
}
