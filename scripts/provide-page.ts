import { runToEnd, WITHOUT_WARNINGS } from './run-to-end.ts'

/** Builds the page unless it is built; a moment then. @returns whether it is there */
export async function providePage(say: (line: string) => void): Promise<boolean> {
  const code = await runToEnd(process.execPath, [WITHOUT_WARNINGS, 'apps/page/build.ts'])
  if (code !== 0) say('the page could not be built (see above); all else works without it')
  return code === 0
}
