import { combineSources } from './combine-sources.ts'
import type { FileGuides } from './file-guides.ts'
import type { Settings } from './load-settings.ts'
import type { Source } from './parse-sources.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { markOfFile, rereadSourcesFile } from './read-sources-file.ts'
import { secretsOf } from './settings-secrets.ts'

/**
 * The sources as they are now: those of `SOURCES`, which never change, and those of `SOURCES_FILE`.
 */
export type SourceBook = Disposable & {
  /** In order of preference. The same array until something changes. */
  readonly current: () => readonly Source[]
  /** What SOURCES_FILE says of guides. */
  readonly guides: () => FileGuides
  /**
   * All that no log may show, also of sources that are gone. The same array until there is more.
   */
  readonly secrets: () => readonly string[]
  /**
   * Why the file as it is now is not used, a sentence each, without secrets; the sources read
   * before stay. Empty: it is in use.
   */
  readonly problems: () => readonly string[]
  /** Called after each change of sources or problems. */
  readonly onChange: (listener: () => void) => void
}

const LOOK_EVERY_MS = 1_000

/**
 * Keeps looking at `SOURCES_FILE`, and takes it over when it has been the same for one look: who
 * writes it piece by piece is not read in the middle. A look costs one `stat`; that also sees a
 * file or a link that was put in its place, as editors and Kubernetes do it.
 */
export function createSourceBook(settings: Settings, { everyMs = LOOK_EVERY_MS } = {}): SourceBook {
  const { sourcesFile: path, sourcesInEnvironment } = settings
  const listeners: Array<() => void> = []
  let sources = settings.sources
  let guides = settings.fileGuides
  let secrets: readonly string[] = secretsOf(settings)
  let problems: readonly string[] = []
  let seen = ''
  // Nothing has been taken over here yet: the file may have changed since the settings were loaded.
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

  /** One look at a time: a file system may be slow. */
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
    logger.error({ setting: 'SOURCES_FILE', problem }, 'file of sources is not used, the sources stay as they were')
  if (problems().length === 0) logger.info({ sources: current().length }, 'file of sources has been read again')
}
