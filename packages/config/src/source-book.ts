import { combineSources } from './combine-sources.ts'
import type { FileGuides } from './file-guides.ts'
import type { Settings } from './load-settings.ts'
import type { Source } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { markOfFile, rereadSourcesFile } from './read-sources-file.ts'
import { secretsOf } from './settings-secrets.ts'

/** The current sources: those of `SOURCES`, which never change, and those of `SOURCES_FILE`. */
export type SourceBook = Disposable & {
  /** In order of preference. The same array until something changes. */
  readonly current: () => readonly Source[]
  /** The guides of SOURCES_FILE. */
  readonly guides: () => FileGuides
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

const LOOK_EVERY_MS = 1_000

/**
 * Polls `SOURCES_FILE` and applies a change once the file was the same for one interval, so that it
 * is never read half-written. A poll costs one `stat`, which also notices a file or link put in its
 * place, as editors and Kubernetes do.
 */
export function createSourceBook(settings: Settings, { everyMs = LOOK_EVERY_MS } = {}): SourceBook {
  const { sourcesFile: path, sourcesInEnvironment } = settings
  const listeners: Array<() => void> = []
  let sources = settings.sources
  let guides = settings.fileGuides
  let secrets: readonly string[] = secretsOf(settings)
  let problems: readonly string[] = []
  let seen = ''
  // Nothing has been applied here yet: the file may have changed since the settings were loaded.
  let taken = ''
  let isLooking = false
  let isClosed = false

  async function look(file: string): Promise<void> {
    const mark = await markOfFile(file)
    const isStill = mark === seen
    seen = mark
    if (!isStill || mark === taken) return
    const parsed = parseSourcesFile(await rereadSourcesFile(file))
    if (isClosed) return
    taken = mark
    if (parsed.problems.length > 0) problems = parsed.problems.map(({ line, message }) => `line ${line}: ${message}`)
    else if (!adopt(combineSources([...sourcesInEnvironment, ...parsed.sources]).sources, parsed.guides)) return
    for (const listener of listeners) listener()
  }

  /** @returns whether anything is new. */
  function adopt(found: readonly Source[], foundGuides: FileGuides): boolean {
    const hadProblems = problems.length > 0
    problems = []
    if (JSON.stringify([found, foundGuides]) === JSON.stringify([sources, guides])) return hadProblems
    sources = found
    guides = foundGuides
    secrets = [...new Set([...secrets, ...secretsOf({ ...settings, sources, fileGuides: guides })])]
    return true
  }

  /** One poll at a time: a file system may be slow. */
  function lookOnce(file: string): void {
    if (isLooking) return
    isLooking = true
    void look(file).finally(() => {
      isLooking = false
    })
  }

  const timer = path === undefined ? undefined : setInterval(lookOnce, everyMs, path).unref()
  return {
    current: () => sources,
    guides: () => guides,
    secrets: () => secrets,
    problems: () => problems,
    onChange: (listener) => void listeners.push(listener),
    [Symbol.dispose]() {
      isClosed = true
      clearInterval(timer)
    },
  }
}

type Logger = Record<'info' | 'error', (fields: object, message: string) => void>

/** Writes to the log what has changed. */
export function reportSources({ current, problems }: SourceBook, logger: Logger): void {
  for (const problem of problems())
    logger.error({ setting: 'SOURCES_FILE', problem }, 'sources file not used, sources unchanged')
  if (problems().length === 0) logger.info({ sources: current().length }, 'sources file reloaded')
}
