import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from './child-process.ts'

test('a member of a type that its own file does not assign has to be readonly', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kptv-members-'))
  try {
    const plugins = [join(ROOT, 'scripts/readonly-members.grit')]
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ root: true, plugins }))
    writeFileSync(
      join(folder, 'members.ts'),
      [
        'export type Options = { readonly fixed: number; loose: number }',
        'export type Count = { bytes: number; packets?: number }',
        'export function take({ unit }: { unit: number }, count: Count): void {',
        '  count.bytes += unit',
        '  count.packets = unit',
        '}',
      ].join('\n'),
    )
    const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/biome'), ['lint', '--reporter=github', folder], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([...stdout.matchAll(/^::error title=plugin,.*,line=(\d+),/gm)].map(([, line]) => line)).toEqual(['1', '3'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
