import { describe, expect, test } from '@jest/globals'
import { GENERATED_PARTS, readDocument, withPart } from './generated-docs.ts'

test.each(GENERATED_PARTS)('$file is what `npm run docs` writes', (part) => {
  const text = readDocument(part.file)
  expect(withPart(text, part)).toBe(text)
})

describe('a generated part', () => {
  const part = { file: 'page.md', name: 'table', render: () => '| $& |' }

  test('replaces the text between its marks, and nothing else', () => {
    const text = 'before\n<!-- table -->\nold\n<!-- /table -->\nafter <!-- other -->\n'
    expect(withPart(text, part)).toBe('before\n<!-- table -->\n| $& |\n<!-- /table -->\nafter <!-- other -->\n')
  })

  test.each(['', '<!-- table -->', '<!-- /table -->', '<!-- /table --><!-- table -->'])(
    'needs both marks: %j',
    (text) => {
      expect(() => withPart(text, part)).toThrow('page.md has no <!-- table -->')
    },
  )
})
