import { expect, test } from '@jest/globals'
import { findForeignLicences, type Manifest } from './find-licences.ts'

test.each<[string, Manifest, readonly string[]]>([
  ['a plain name', { name: 'a', license: 'MIT' }, []],
  ['a choice with one that fits', { name: 'a', license: '(GPL-2.0 OR MIT)' }, []],
  ['two that hold together', { name: 'a', license: 'MIT AND BSD-3-Clause' }, []],
  ['two of which one does not fit', { name: 'a', license: 'MIT AND GPL-3.0' }, ['a: MIT AND GPL-3.0']],
  ['an old object', { name: 'a', license: { type: 'ISC', url: 'x' } }, []],
  ['an old list', { name: 'a', licenses: [{ type: 'GPL-2.0' }, { type: 'MIT' }] }, []],
  ['none', { name: 'a' }, ['a: no licence']],
  ['one that binds all that use it', { name: 'a', license: 'AGPL-3.0-only' }, ['a: AGPL-3.0-only']],
  ['a name that only begins like one', { name: 'a', license: 'MIT-like' }, ['a: MIT-like']],
  ['a tool that no image holds', { name: 'lightningcss-linux-x64-gnu', license: 'MPL-2.0' }, []],
  ['another under the same licence', { name: 'a', license: 'MPL-2.0' }, ['a: MPL-2.0']],
])('%s', (_, manifest, expected) => {
  expect(findForeignLicences([manifest])).toEqual(expected)
})
