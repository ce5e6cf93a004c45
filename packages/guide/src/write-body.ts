import { textOf, type XmlElement } from './element-tree.ts'
import { escapeXml } from './entities.ts'
import { hideAddresses, type IsShown } from './hide-addresses.ts'
import { ELEMENTS, type ElementRule, MAY_BE_EMPTY, PROGRAMME_CHILDREN } from './xmltv-elements.ts'

const MAX_TEXT_LENGTH = 16 * 1024
/** Of one kind in one parent: some guides list hundreds of actors or categories. */
const MAX_ALIKE = 100

/**
 * The children of a programme as the DTD wants them: known elements and attributes only, in order,
 * text escaped. Other elements are private to the guide's maker, and make readers that validate
 * refuse the whole file.
 *
 * @param title written if the programme has no title itself
 * @param isShown whether an address may be written; default: all
 */
export function writeBody(programme: XmlElement, title: string, isShown?: IsShown): string {
  const hide = isShown === undefined ? (text: string) => text : (text: string) => hideAddresses(text, isShown)
  const body = writeChildren(programme, PROGRAMME_CHILDREN, hide)
  return body.startsWith('<title') ? body : `<title>${escapeXml(hide(title))}</title>${body}`
}

type Hide = (text: string) => string

function writeChildren({ children }: XmlElement, order: readonly string[], hide: Hide): string {
  const byName = new Map<string, XmlElement[]>()
  for (const child of children) {
    if (typeof child === 'string') continue
    const alike = byName.get(child.name)
    if (alike === undefined) byName.set(child.name, [child])
    else if (alike.length < MAX_ALIKE) alike.push(child)
  }
  if (byName.size === 0) return ''
  let written = ''
  for (const name of order) {
    const rule = ELEMENTS[name]
    for (const child of (rule && byName.get(name)) ?? []) {
      const text = rule === undefined ? '' : writeElement(child, rule, hide)
      written += text
      if (text !== '' && rule?.isSingle === true) break
    }
  }
  return written
}

/** An empty string for an element that says nothing. */
function writeElement(element: XmlElement, rule: ElementRule, hide: Hide): string {
  const attributes = allowedAttributes(element, rule, hide)
  if (rule.required?.some((name) => !attributes.some(([given]) => given === name)) === true) return ''
  const children = rule.children === undefined ? '' : writeChildren(element, rule.children, hide)
  if (rule.requiredChild !== undefined && !children.startsWith(`<${rule.requiredChild}`)) return ''
  const text = rule.hasText === true ? escapeXml(hide(textOf(element).slice(0, MAX_TEXT_LENGTH))) : ''
  const content = text + children
  if (content === '' && !MAY_BE_EMPTY.has(element.name)) return ''
  const head = [element.name, ...attributes.map(([name, value]) => `${name}="${escapeXml(value)}"`)].join(' ')
  return content === '' ? `<${head}/>` : `<${head}>${content}</${element.name}>`
}

function allowedAttributes(
  { attributes }: XmlElement,
  rule: ElementRule,
  hide: Hide,
): Array<readonly [string, string]> {
  if (rule.attributes === undefined) return []
  return Object.entries(attributes).flatMap(([name, text]) => {
    const allowed = rule.attributes?.[name]
    const value = hide(text.trim())
    const isAllowed = allowed === true || allowed?.includes(value) === true
    return isAllowed && value !== '' ? [[name, value] as const] : []
  })
}
