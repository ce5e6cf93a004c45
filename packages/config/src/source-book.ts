import { combineSources } from './combine-sources.ts'
import type { FileChannel } from './file-channels.ts'
import type { FileGuides } from './file-guides.ts'
import type { Settings } from './load-settings.ts'
import type { Source } from './parse-sources.ts'
import { type ParsedSourcesFile, parseSourcesFile } from './parse-sources-file.ts'
import type { FileContent } from './read-file.ts'
import { secretsOf } from './settings-secrets.ts'
import { watchFile } from './watch-file.ts'

/** The current sources: those of `SOURCES`, which never change, and those of `SOURCES_FILE`. */
export type SourceBook = Disposable & {
  /** In order of preference. The same array until something changes. */
  readonly current: () => readonly Source[]
  /** The guides of SOURCES_FILE. */
  readonly guides: () => FileGuides
  /** What SOURCES_FILE wants to be different about channels. */
  readonly channels: () => readonly FileChannel[]
  /**
   * Everything that no log may show, including secrets of removed sources. The same array until
   * there is more.
   */
  readonly secrets: () => readonly string[]
  /**
   * Why the current file is not used, one sentence each, without secrets; the sources read before
   * stay. Empty: it is in use.
   */
  readonly problems: () => readonly string[]
  /** Called after each change of sources or problems. */
  readonly onChange: (listener: () => void) => void
}

const CHECK_EVERY_MS = 1_000

/** Reads `SOURCES_FILE` again whenever it has changed. */
export function createSourceBook(settings: Settings, { everyMs = CHECK_EVERY_MS } = {}): SourceBook {
  const { sourcesFile: path, sourcesInEnvironment } = settings
  const listeners: Array<() => void> = []
  let sources = settings.sources
  let guides = settings.fileGuides
  let channels = settings.fileChannels
  let secrets: readonly string[] = secretsOf(settings)
  let problems: readonly string[] = []

  function take(content: FileContent): void {
    const parsed = parseSourcesFile(content)
    if (parsed.problems.length > 0) problems = parsed.problems.map(({ line, message }) => `line ${line}: ${message}`)
    else if (!adopt(combineSources([...sourcesInEnvironment, ...parsed.sources]).sources, parsed)) return
    for (const listener of listeners) listener()
  }

  /** @returns whether anything is new. */
  function adopt(found: readonly Source[], file: Pick<ParsedSourcesFile, 'guides' | 'channels'>): boolean {
    const hadProblems = problems.length > 0
    problems = []
    if (JSON.stringify([found, file.guides, file.channels]) === JSON.stringify([sources, guides, channels]))
      return hadProblems
    sources = found
    guides = file.guides
    channels = file.channels
    secrets = [...new Set([...secrets, ...secretsOf({ ...settings, sources, fileGuides: guides })])]
    return true
  }

  const watch = path === undefined ? undefined : watchFile(path, take, { everyMs })
  return {
    current: () => sources,
    guides: () => guides,
    channels: () => channels,
    secrets: () => secrets,
    problems: () => problems,
    onChange: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => watch?.[Symbol.dispose](),
  }
}

type Logger = Record<'info' | 'error', (fields: object, message: string) => void>

/** Writes to the log what has changed. */
export function reportSources({ current, problems }: SourceBook, logger: Logger): void {
  for (const problem of problems())
    logger.error({ setting: 'SOURCES_FILE', problem }, 'sources file not used, sources unchanged')
  if (problems().length === 0) logger.info({ sources: current().length }, 'sources file reloaded')
}
