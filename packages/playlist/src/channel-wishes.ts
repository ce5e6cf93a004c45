import type { Attributes } from './attributes.ts'
import { comparableKey } from './attributes.ts'
import { isNumberField } from './channel-numbers.ts'
import type { Channel } from './model.ts'

/** What the operator wants to be different about a channel; all else stays as in the lists. */
export type ChannelWish = {
  /** Id or name of the channel, as the lists have it. */
  readonly channel: string
  readonly hide?: boolean
  readonly rename?: string
  readonly number?: string
  readonly group?: string
  readonly logo?: string
  readonly guideId?: string
  /** Place before all channels that have none, 1 comes first. */
  readonly order?: number
}

export type ChannelWishes = {
  /** The wish for a channel, which then counts as present. */
  find(id: string): ChannelWish | undefined
  /** Wishes whose channels were never asked for: no source has them. */
  unmatched(): readonly ChannelWish[]
}

/** @param idOf the id of the channel with this name */
export function createChannelWishes(wishes: readonly ChannelWish[], idOf: (name: string) => string): ChannelWishes {
  const byName = new Map(wishes.map((wish) => [idOf(wish.channel), wish]))
  const byId = new Map(wishes.map((wish) => [wish.channel, wish]))
  const open = new Set(wishes)
  return {
    find(id) {
      const wish = byId.get(id) ?? byName.get(id)
      if (wish !== undefined) open.delete(wish)
      return wish
    },
    unmatched: () => [...open],
  }
}

type Shown = Pick<Channel, 'name' | 'attributes'>

/** The channel as the operator wants it. Its id and its streams stay. */
export function withWish<Of extends Shown>(channel: Of, wish: ChannelWish): Of {
  const { rename, number, group, logo, guideId } = wish
  let { attributes } = channel
  // Lists may sort by it, and players show it in place of the name.
  if (rename !== undefined) attributes = withValue(attributes, 'tvg-name', rename)
  if (number !== undefined)
    attributes = withValue(
      attributes.filter(([key]) => !isNumberField(key)),
      'tvg-chno',
      number,
    )
  if (group !== undefined) attributes = withValue(attributes, 'group-title', group)
  if (logo !== undefined) attributes = withValue(attributes, 'tvg-logo', logo)
  if (guideId !== undefined) attributes = withValue(attributes, 'tvg-id', guideId)
  return { ...channel, name: rename ?? channel.name, attributes }
}

/** In place of the value in any spelling of the key, otherwise at the end. */
function withValue(attributes: Attributes, key: string, value: string): Attributes {
  const at = attributes.findIndex(([candidate]) => comparableKey(candidate) === key)
  if (at < 0) return [...attributes, [key, value]]
  return attributes.toSpliced(at, 1, [attributes[at]![0], value])
}
