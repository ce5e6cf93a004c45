import { readFileSync, statSync } from 'node:fs'

/** Text of the file at a path, or the code of what is in the way. */
export type ReadSourcesFile = (path: string) => { text: string } | { problem: string }

const LARGEST_FILE_BYTES = 4 * 1024 * 1024

export const readSourcesFile: ReadSourcesFile = (path) => {
  try {
    if (statSync(path).size > LARGEST_FILE_BYTES) return { problem: 'is larger than 4 MB' }
    return { text: readFileSync(path, 'utf8') }
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})` }
  }
}

/** Changes whenever the file may have another content, also when a link in its path leads elsewhere now. */
export function markOfFile(path: string): string {
  try {
    const facts = statSync(path, { bigint: true })
    return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}
