import type { EntryFilters } from '../parse-sources.ts'

export type UserToken = {
  /** For people: the device that has it. */
  readonly label: string
  readonly token: string
  readonly endAtMs: number | undefined
}

/** The part of the channels that a user may see; an absent field restricts nothing. */
export type Sees = EntryFilters & {
  /** Names of sources: a channel needs a stream of one of them. */
  readonly sources?: readonly string[]
}

/** A person or device that may watch, as USERS_FILE describes it. */
export type User = {
  readonly name: string
  readonly passwordHash: string | undefined
  readonly tokens: readonly UserToken[]
  /** Streams at once, on all nodes together; `Infinity` without a limit. */
  readonly streams: number
  /** With all slots of a source taken, a higher one takes that of the lowest; 0 to 100. */
  readonly priority: number
  /** `admin`: its password opens the page of operators too. */
  readonly role: 'viewer' | 'admin'
  /** What happens to one more, of another device. */
  readonly onLimit: 'refuse' | 'end-oldest'
  /** `undefined`: everything. */
  readonly sees: Sees | undefined
  /** CIDRs; none means everywhere. */
  readonly networks: readonly string[]
  readonly endAtMs: number | undefined
  /** Part of the token in links; a new number revokes the links before. */
  readonly linkNumber: number
}

/** Whether it is known by its networks alone. */
export function needsNoLogin({ passwordHash, tokens }: Pick<User, 'passwordHash' | 'tokens'>): boolean {
  return passwordHash === undefined && tokens.length === 0
}
