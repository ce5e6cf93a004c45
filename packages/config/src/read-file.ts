import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'

/** The text of the file at a path, or why it cannot be read. */
export type ReadFile = (path: string) => FileContent
export type FileContent = { readonly text: string } | { readonly problem: string }

const MAX_FILE_BYTES = 4 * 1024 * 1024

/** For the start, when there is nothing else to do. */
export const readTextFile: ReadFile = (path) => {
  try {
    return contentOf(readFileSync(path))
  } catch (error) {
    return problemOf(error)
  }
}

/** For later: a file system that hangs must not stop what plays. */
export function rereadFile(path: string): Promise<FileContent> {
  return readFile(path).then(contentOf, problemOf)
}

/**
 * Changes whenever the file may have changed, including when a link in its path leads elsewhere.
 */
export async function markOfFile(path: string): Promise<string> {
  try {
    const facts = await stat(path, { bigint: true })
    return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join()
  } catch (error) {
    return codeOf(error)
  }
}

function contentOf(bytes: Buffer): FileContent {
  return bytes.length > MAX_FILE_BYTES ? { problem: 'is larger than 4 MB' } : { text: bytes.toString() }
}

function problemOf(error: unknown): FileContent {
  return { problem: `cannot be read (${codeOf(error)})` }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown'
}
