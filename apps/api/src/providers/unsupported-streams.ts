/** A stream that a viewer requested, and that this node cannot play. */
type UnsupportedStream = {
  readonly stream: string
  readonly source: string
  /** Scheme of its address. */
  readonly scheme: string
  readonly reason: 'needs-ffmpeg'
}

export type UnsupportedStreams = {
  note(stream: UnsupportedStream): void
  /** The last ones requested. */
  list(): readonly UnsupportedStream[]
}

const REMEMBERED = 100

/** For `/status`: why a channel plays fewer streams than the list has. */
export function createUnsupportedStreams(): UnsupportedStreams {
  const known = new Map<string, UnsupportedStream>()
  return {
    note(stream) {
      known.delete(stream.stream)
      known.set(stream.stream, stream)
      if (known.size > REMEMBERED) known.delete(known.keys().next().value!)
    },
    list: () => [...known.values()],
  }
}
