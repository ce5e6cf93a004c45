import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ElementScanner, MAX_ELEMENT_BYTES } from './element-scanner.ts'

/**
 * The cut elements as text, and what was skipped; the document is pushed in pieces of `pieceBytes`.
 */
function scan(document: string | Buffer, pieceBytes = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(document as string)
  const skipped: string[] = []
  const scanner = new ElementScanner((reason) => skipped.push(reason))
  const elements: string[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const element of scanner.push(bytes.subarray(at, at + pieceBytes))) elements.push(element.bytes.toString())
  }
  scanner.end()
  return { elements, skipped }
}

const CHANNEL = '<channel id="a"><display-name>A</display-name></channel>'
const PROGRAMME = '<programme start="1" channel="a"><title>T</title></programme>'

describe('cuts elements', () => {
  test.each([
    ['indented', `<tv>\n  ${CHANNEL}\n  ${PROGRAMME}\n</tv>`, [CHANNEL, PROGRAMME]],
    ['on one line', `<tv>${CHANNEL}${PROGRAMME}${PROGRAMME}</tv>`, [CHANNEL, PROGRAMME, PROGRAMME]],
    ['channels after programmes', `${PROGRAMME}${CHANNEL}`, [PROGRAMME, CHANNEL]],
    ['several roots', `<tv>${CHANNEL}</tv><tv>${PROGRAMME}</tv>`, [CHANNEL, PROGRAMME]],
    ['without content', '<tv><programme channel="a"/>', ['<programme channel="a"/>']],
    ['names that only begin alike', `<channels>${CHANNEL}</channels><programmes/>`, [CHANNEL]],
    ['a > in a value', '<channel id="a>b"></channel>', ['<channel id="a>b"></channel>']],
    ['an end tag with a space', '<channel id="a"></channel >', ['<channel id="a"></channel >']],
    ['comments', `<!-- ${PROGRAMME} -->${CHANNEL}<!---->${CHANNEL}`, [CHANNEL, CHANNEL]],
    [
      'end tags in CDATA',
      '<programme channel="a"><![CDATA[</programme><programme ]]></programme>',
      ['<programme channel="a"><![CDATA[</programme><programme ]]></programme>'],
    ],
    ['nothing of interest', '<html><body>404</body></html>', []],
  ])('%s', (_, document, expected) => {
    expect(scan(document)).toEqual({ elements: expected, skipped: [] })
  })
})

describe('continues after a broken element', () => {
  test.each([
    ['an element without an end', `<programme channel="a"><title>${PROGRAMME}`, [PROGRAMME]],
    ['a start tag without an end', `<programme channel="a" ${PROGRAMME}`, [PROGRAMME]],
    ['a value without a closing quote', `<programme channel="a><title/>${PROGRAMME}`, [PROGRAMME]],
    ['a tail that is cut off', `${PROGRAMME}<programme channel="a"><tit`, [PROGRAMME]],
  ])('%s', (_, document, expected) => {
    expect(scan(document)).toEqual({ elements: expected, skipped: ['element-not-closed'] })
  })

  test('an element that is too large', () => {
    const large = `<programme channel="a"><desc>${'x'.repeat(MAX_ELEMENT_BYTES)}</desc></programme>`
    for (const pieceBytes of [1024, 64 * 1024, Number.POSITIVE_INFINITY]) {
      expect(scan(`${large}${PROGRAMME}`, pieceBytes)).toEqual({
        elements: [PROGRAMME],
        skipped: ['element-too-large'],
      })
    }
  })
})

test('finds the same elements wherever the document is divided', () => {
  const part = fc.constantFrom(
    CHANNEL,
    PROGRAMME,
    '<!-- <channel -->',
    '<channel',
    ' ',
    '<programme a="',
    '<![CDATA[',
    ']]>',
    '</tv>',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (parts, pieceBytes) => {
      const document = parts.join('')
      expect(scan(document, pieceBytes).elements).toEqual(scan(document).elements)
    }),
  )
})

test('visits no byte more often in a document of a million starts without an end', () => {
  // Quadratic work would take minutes here.
  const document = Buffer.alloc(8 * 1024 * 1024, '<programme ')
  expect(scan(document, 64 * 1024).elements).toEqual([])
})
