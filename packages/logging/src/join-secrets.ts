type Secrets = () => readonly string[]

/** The secrets of several places; the same array until one of them has another one. */
export function joinSecrets(...places: readonly Secrets[]): Secrets {
  let parts: ReadonlyArray<readonly string[]> = []
  let joined: readonly string[] = []
  return () => {
    const present = places.map((secrets) => secrets())
    if (present.some((part, index) => part !== parts[index])) {
      parts = present
      joined = present.flat()
    }
    return joined
  }
}
