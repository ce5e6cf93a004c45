import { textOf, type XmlElement } from './element-tree.ts'
import type { GuideChannel, SkipReason } from './model.ts'

const MAX_NAMES = 20
const MAX_NAME_LENGTH = 200

/** A `<channel>` element. One without a name is named after its id. */
export function readChannel(element: XmlElement | undefined): GuideChannel | SkipReason {
  const id = element?.attributes.id?.trim()
  if (element === undefined || id === undefined || id === '') return 'channel-without-id'
  const parts = element.children.filter((child): child is XmlElement => typeof child !== 'string')
  const names = parts
    .filter(({ name }) => name === 'display-name')
    .map((part) => textOf(part).slice(0, MAX_NAME_LENGTH))
    .filter((name) => name !== '')
  const icon = parts.find(({ name, attributes }) => name === 'icon' && attributes.src)?.attributes.src?.trim()
  return {
    id,
    names: names.length === 0 ? [id] : [...new Set(names)].slice(0, MAX_NAMES),
    ...(icon === undefined || icon === '' ? {} : { icon }),
  }
}
