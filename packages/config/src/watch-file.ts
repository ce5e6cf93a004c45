import { type FileContent, markOfFile, rereadFile } from './read-file.ts'

/**
 * Polls a file and passes on its content once the file was the same for one interval, so that it is
 * never read half-written. A poll costs one `stat`, which also notices a file or link put in its
 * place, as editors and Kubernetes do. The first content is handed on too: the file may have
 * changed since the settings were loaded.
 */
export function watchFile(
  path: string,
  onContent: (content: FileContent) => void,
  { everyMs }: { readonly everyMs: number },
): Disposable {
  let seen = ''
  let taken = ''
  let isChecking = false
  let isClosed = false

  async function check(): Promise<void> {
    const mark = await markOfFile(path)
    const isStill = mark === seen
    seen = mark
    if (!isStill || mark === taken) return
    const content = await rereadFile(path)
    if (isClosed) return
    taken = mark
    onContent(content)
  }

  /** One poll at a time: a file system may be slow. */
  function checkOnce(): void {
    if (isChecking) return
    isChecking = true
    void check().finally(() => {
      isChecking = false
    })
  }

  const timer = setInterval(checkOnce, everyMs).unref()
  return {
    [Symbol.dispose]() {
      isClosed = true
      clearInterval(timer)
    },
  }
}
