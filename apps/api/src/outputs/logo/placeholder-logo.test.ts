import { expect, test } from '@jest/globals'
import { imageType } from './image-type.ts'
import { initialsOf, placeholderLogo } from './placeholder-logo.ts'

test.each([
  ['BBC One', 'BO'],
  ['das erste', 'DE'],
  ['CNN', 'C'],
  ['UK| Sky-News', 'US'],
  ['(3sat)', '3'],
  ['Россия 24', 'Р2'],
  ['★ ★', '?'],
  ['', '?'],
  ['<b> & "x"', 'BX'],
])('the initials of %s are %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

test('a placeholder is an image like any other, and the same for the same name', () => {
  expect(imageType(placeholderLogo('<script> & "x"'))).toBe('image/svg+xml')
  expect(placeholderLogo('A')).toEqual(placeholderLogo('A'))
  expect(placeholderLogo('Alpha')).not.toEqual(placeholderLogo('Afar'))
})
