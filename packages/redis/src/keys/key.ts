export type KeyType =
  | 'string'
  | 'hash'
  | 'list'
  | 'sorted set'
  | 'stream'
  | 'pub/sub channel'
  | 'sharded pub/sub channel'
  | 'BullMQ keys'

/** One family of keys or pub/sub channels: its name, and a row of `docs/redis-keys.md`. */
export type Key<Name extends string = string> = {
  /** Follows the prefix of the cluster; `<channel>` and the like stand for ids. */
  readonly name: Name
  readonly type: KeyType
  readonly holds: string
  readonly lifetime: string
  readonly writer: string
  readonly readers: string
  /**
   * Arguments of the `redis-cli` line that shows it, with `K` for the key. Default: by its type.
   */
  readonly show?: string
}

export function key<const Name extends string>(name: Name, description: Omit<Key, 'name'>): Key<Name> {
  return { name, ...description }
}

type Id = string | number

/** One id for each placeholder of a name. */
type Ids<Name extends string> = Name extends `${string}<${string}>${infer Rest}` ? [Id, ...Ids<Rest>] : []

/** A constant, or a function of the ids in the name. */
export type KeyBuilder<Name extends string> = Ids<Name> extends [] ? string : (...ids: Ids<Name>) => string

const PLACEHOLDER = /<[^>]+>/g

export function buildKey<Name extends string>(prefix: string, name: Name): KeyBuilder<Name> {
  const build = (...ids: readonly Id[]): string => {
    let index = 0
    return prefix + name.replaceAll(PLACEHOLDER, () => String(ids[index++]))
  }
  return (name.includes('<') ? build : prefix + name) as KeyBuilder<Name>
}
