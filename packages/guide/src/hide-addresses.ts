/** Whether an address in a text may be passed on. */
export type IsShown = (address: string) => boolean

const ADDRESS = /[a-z][a-z0-9+.-]{0,15}:\/\/[^\s"'<>]*/gi

/** The text without addresses that must not be shown; empty if it is nothing else. */
export function hideAddresses(text: string, isShown: IsShown): string {
  if (text.startsWith('//')) return isShown(`http:${text}`) ? text : ''
  if (!text.includes('://')) return text
  const shown = text.replace(ADDRESS, (address) => (isShown(address) ? address : '…'))
  return shown.trim() === '…' ? '' : shown
}
