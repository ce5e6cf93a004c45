import type { CatalogChannel } from '@kptv/catalog'
import type { ListedChannel } from '@kptv/contract'
import { attributeValue, channelKey, fileExtension, groupNames, groupParts, isVod } from '@kptv/playlist'

/** What a listed channel must have; all match an empty query. */
export type ChannelQuery = {
  /** Text that the name or the group contains, in any case. */
  readonly text?: string | undefined
  /** Key of a group, see `channelKey`. */
  readonly group?: string | undefined
  readonly sourceId?: string | undefined
}

/**
 * Id, number, logo, ids of sources, name, group, file, and the keys of name and group where they
 * are more than their lower case; with tabs between: about 80 bytes.
 */
export function encodeLine(channel: CatalogChannel): string {
  const { id, name, attributes, streams } = channel
  const value = (attribute: string): string => attributeValue(attributes, attribute) ?? ''
  const sources = [...new Set(streams.map(({ sourceId }) => sourceId))].join(' ')
  const logo = value('tvg-logo') === '' ? '' : '1'
  const file = isVod(channel) ? fileExtension(streams[0]?.url ?? '') : ''
  const title = value('group-title')
  const keys = [name, title].map((text) => (channelKey(text) === fold(text) ? '' : channelKey(text)))
  return [id, value('tvg-chno'), logo, sources, name, title, file, ...keys].map(onOneLine).join('\t')
}

export function decodeLine(line: string): ListedChannel {
  const [id, number, logo, , name, group, file] = fieldsOf(line)
  return { id, name, number: number || null, group: group || null, file: file || null, logo: logo !== '' }
}

/** @returns whether the channel of a line belongs to the query */
export function createLineFilter({ text = '', group, sourceId }: ChannelQuery): (line: string) => boolean {
  const wanted = channelKey(text)
  return (line) => {
    const [, , , sources, name, title, , nameKey, titleKey] = fieldsOf(line)
    if (sourceId !== undefined && !sources.split(' ').includes(sourceId)) return false
    if (group !== undefined && !groupNames(title).some((one) => channelKey(one) === group)) return false
    return (nameKey || fold(name)).includes(wanted) || (titleKey || fold(title)).includes(wanted)
  }
}

/** The key of most texts. */
function fold(text: string): string {
  return onOneLine(text).trim().toLowerCase()
}

export function groupsOf({ attributes }: CatalogChannel): readonly string[] {
  return groupParts(attributeValue(attributes, 'group-title') ?? '')
}

function fieldsOf(line: string) {
  return line.split('\t') as [string, string, string, string, string, string, string, string, string]
}

function onOneLine(text: string): string {
  return text.replace(/[\t\n]/g, ' ')
}
