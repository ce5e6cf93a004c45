import { expect, test } from '@jest/globals'
import { findCircles } from './find-circles.ts'

const file = (path: string, ...imports: string[]) => ({
  path,
  text: imports.map((specifier) => `import { x } from '${specifier}'`).join('\n'),
})

test('files that import each other form a circle, across folders too', () => {
  const files = [file('a/one.ts', './in/two.ts'), file('a/in/two.ts', '../three.ts'), file('a/three.ts', './one.ts')]
  expect(findCircles(files)).toEqual(['a/one.ts -> a/in/two.ts -> a/three.ts -> a/one.ts is a circle'])
})

test('imports of types count', () => {
  const one = { path: 'a/one.ts', text: "import type { Two } from './two.ts'" }
  expect(findCircles([one, file('a/two.ts', './one.ts')])).toHaveLength(1)
})

test('two ways to one file are not a circle, and a circle is reported once', () => {
  const [one, two, three] = [file('one.ts', './two.ts', './three.ts'), file('two.ts', './three.ts'), file('three.ts')]
  expect(findCircles([one, two, three])).toEqual([])
  expect(findCircles([one, two, file('three.ts', './two.ts')])).toHaveLength(1)
})
