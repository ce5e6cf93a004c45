import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue } from '@kptv/playlist'

export type LineupChannel = {
  /** Unique in its device. */
  readonly number: string
  readonly name: string
  readonly channelId: string
}

/** Recorders refuse a device with more. */
export const MAX_CHANNELS = 480

/**
 * The channels of a device with their numbers: those of the lists, which the catalogue keeps
 * unique, and lasting ones for the others.
 *
 * @param lastingNumbers of the channels without a number, in the same order
 */
export function lineupOf(channels: readonly CatalogChannel[], lastingNumbers: readonly number[]): LineupChannel[] {
  const taken = new Set(channels.map(numberOf))
  let next = 0
  return channels.map((channel) => {
    const number = numberOf(channel) ?? freeNumber(String(lastingNumbers[next++]), taken)
    return { number, name: channel.name, channelId: channel.id }
  })
}

/** `undefined`: its list gives it none. */
export function numberOf({ attributes }: CatalogChannel): string | undefined {
  const number = attributeValue(attributes, 'tvg-chno')?.trim()
  return number !== undefined && GUIDE_NUMBER.test(number) ? number : undefined
}

const GUIDE_NUMBER = /^[1-9]\d{0,8}(?:\.\d{1,4})?$/

/** A list may use the number too: its channel keeps it. */
function freeNumber(number: string, taken: ReadonlySet<string | undefined>): string {
  return taken.has(number) ? freeNumber(`${number}${number.includes('.') ? '1' : '.1'}`, taken) : number
}
