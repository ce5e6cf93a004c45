import type { CatalogChannel } from '@kptv/catalog'
import type { ListedChannel } from '@kptv/contract'
import { attributeValue, channelKey, groupNames, groupParts } from '@kptv/playlist'

/** What a listed channel must have; all match an empty query. */
export type ChannelQuery = {
  /** Text that the name or the group contains, in any case. */
  readonly text?: string | undefined
  /** Key of a group, see `channelKey`. */
  readonly group?: string | undefined
  readonly sourceId?: string | undefined
}

/** `id <tab> number <tab> logo <tab> ids of sources <tab> name <tab> group`: about 80 bytes. */
export function encodeLine({ id, name, attributes, streams }: CatalogChannel): string {
  const value = (attribute: string): string => attributeValue(attributes, attribute) ?? ''
  const sources = [...new Set(streams.map(({ sourceId }) => sourceId))].join(' ')
  const logo = value('tvg-logo') === '' ? '' : '1'
  return [id, value('tvg-chno'), logo, sources, name, value('group-title')].map(onOneLine).join('\t')
}

export function decodeLine(line: string): ListedChannel {
  const [id, number, logo, , name, group] = fieldsOf(line)
  return { id, name, number: number || null, group: group || null, logo: logo !== '' }
}

/** @returns whether the channel of a line belongs to the query */
export function createLineFilter({ text = '', group, sourceId }: ChannelQuery): (line: string) => boolean {
  const wanted = fold(text)
  return (line) => {
    const [, , , sources, name, title] = fieldsOf(line)
    if (sourceId !== undefined && !sources.split(' ').includes(sourceId)) return false
    if (group !== undefined && !groupNames(title).some((one) => channelKey(one) === group)) return false
    return fold(name).includes(wanted) || fold(title).includes(wanted)
  }
}

/** A form of text in which searches compare. */
export function fold(text: string): string {
  return onOneLine(text).trim().toLowerCase()
}

export function groupsOf({ attributes }: CatalogChannel): readonly string[] {
  return groupParts(attributeValue(attributes, 'group-title') ?? '')
}

function fieldsOf(line: string) {
  return line.split('\t') as [string, string, string, string, string, string]
}

function onOneLine(text: string): string {
  return text.replace(/[\t\n]/g, ' ')
}
