import { textOf, type XmlElement } from './element-tree.ts'
import { escapeXml } from './entities.ts'
import { hideAddresses, type IsShown } from './hide-addresses.ts'
import { type ChildOrder, ELEMENTS, type ElementRule, MAY_BE_EMPTY, PROGRAMME_CHILDREN } from './xmltv-elements.ts'

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

function writeChildren(parent: XmlElement, order: ChildOrder, hide: Hide): string {
  let written = ''
  let last = ''
  let count = 0
  for (const child of inOrder(parent, order)) {
    count = child.name === last ? count + 1 : 1
    const rule = ELEMENTS[child.name]
    if (rule === undefined || count > (rule.isSingle === true ? 1 : MAX_ALIKE)) continue
    const text = writeElement(child, rule, hide)
    written += text
    // One that says nothing does not count.
    if (text === '' && rule.isSingle === true) count = 0
    last = child.name
  }
  return written
}

/** The children that may stand there, in this order; most guides have them in it already. */
function inOrder({ children }: XmlElement, order: ChildOrder): readonly XmlElement[] {
  const known: XmlElement[] = []
  let isInOrder = true
  let lastRank = 0
  for (const child of children) {
    const rank = typeof child === 'string' ? undefined : order.get(child.name)
    if (rank === undefined) continue
    if (rank < lastRank) isInOrder = false
    lastRank = rank
    known.push(child as XmlElement)
  }
  const rankOf = ({ name }: XmlElement) => order.get(name) ?? 0
  return isInOrder ? known : known.sort((first, second) => rankOf(first) - rankOf(second))
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

function allowedAttributes({ attributes }: XmlElement, rule: ElementRule, hide: Hide): Array<[string, string]> {
  const allowed: Array<[string, string]> = []
  if (rule.attributes === undefined) return allowed
  for (const name in attributes) {
    const values = Object.hasOwn(rule.attributes, name) ? rule.attributes[name] : undefined
    if (values === undefined) continue
    const value = hide(attributes[name]?.trim() ?? '')
    if (value !== '' && (values === true || values.includes(value))) allowed.push([name, value])
  }
  return allowed
}
