import { describe, expect, test } from '@jest/globals'
import { isHarmlessSvg } from './harmless-svg.ts'
import { placeholderLogo } from './placeholder-logo.ts'

const svg = (content: string, attributes = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`

describe('an image is shown', () => {
  test.each([
    ['plain', svg('<path d="M0 0h1"/>')],
    [
      'with declaration, comment and type',
      `\ufeff<?xml version="1.0"?>\n<!-- made - by hand --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<!-- x -->${svg('')}`,
    ],
    [
      'with parts that refer to each other',
      svg('<linearGradient id="a"/><use href = "#b"/><path fill="url(#a)" xlink:href="#c"/>'),
    ],
    ['with an image inside', svg('<image href="data:image/png;base64,AAAA"/>')],
    ['with style', svg('<style>.a{fill:url("#x")}</style>', 'style="color:red"')],
    ['with words that begin like handlers', svg('<text font-size="1" content="none=1">on and only</text>')],
    [
      'with letters as references and a gradient that moves',
      svg('<text>Caf&#233;</text><animate attributeName="x1" to="1"/>'),
    ],
    ['our placeholder', placeholderLogo('BBC One').toString()],
  ])('%s', (_, text) => {
    expect(isHarmlessSvg(Buffer.from(text))).toBe(true)
  })
})

describe('an image that would run or load something is refused', () => {
  test.each([
    ['script', svg('<script>alert(1)</script>')],
    ['script in capitals and a namespace', svg('<svg:SCRIPT>alert(1)</svg:SCRIPT>')],
    ['handler', svg('', 'onload="alert(1)"')],
    ['handler after a slash', svg('<a/onclick=alert(1)>')],
    ['page inside', svg('<foreignObject><body/></foreignObject>')],
    ['script address', svg('<a href="javascript:alert(1)">x</a>')],
    ['script address in an animation', svg('<animate attributeName="href" to="javascript:alert(1)"/>')],
    ['script address in an animation, as references', svg('<animate to="javascript&#x3a;alert(1)"/>')],
    ['other file by an animation', svg('<image href="#a"><set attributeName="href" to="//tracker.example"/></image>')],
    ['other base', svg('<use href="#a"/>', 'xml:base="http://tracker.example/a.svg"')],
    ['address in style, without url', svg('', `style="background:image-set('//tracker.example/a.png' 1x)"`)],
    ['address in style, hidden', svg('<style>a{background:u\\72l(//tracker.example)}</style>')],
    ['address in style, as references', svg('', 'style="background:&#117;rl(//tracker.example)"')],
    ['other file', svg('<image href="http://tracker.example/x.png"/>')],
    ['other file, namespaced', svg('<image xlink:href="//tracker.example/x.png"/>')],
    ['image of images', svg('<image href="data:image/svg+xml;base64,AAAA"/>')],
    ['style sheet', svg('<style>@import "http://tracker.example/x.css"</style>')],
    ['address in style', svg('<style>a{background:url(http://tracker.example/)}</style>')],
    ['entities', `<!DOCTYPE svg [<!ENTITY a "aaaa">]>${svg('&a;')}`],
    ['a page around it', `<html>${svg('')}</html>`],
    ['text before it', `GIF89a=1;${svg('')}`],
  ])('%s', (_, text) => {
    expect(isHarmlessSvg(Buffer.from(text))).toBe(false)
  })
})

// With a pattern that backtracks, a megabyte of these would take hours.
test.each([
  '<!-- -',
  '<!---->',
  '<?xml ',
  '<!DOCTYPE ',
  '<!DOCTYPE svg ',
  ' ',
  '<svg ',
  '<svg>',
  'href=',
  'url (',
  ' on',
])('a megabyte of %j is checked in time', (piece) => {
  const long = piece.repeat(1_000_000 / piece.length)
  expect(isHarmlessSvg(Buffer.from(`<svg>${long}<script>`))).toBe(false)
  expect(isHarmlessSvg(Buffer.from(`${long}<svg><script>`))).toBe(false)
})
