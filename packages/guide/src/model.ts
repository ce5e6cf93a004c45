/** A channel of a guide, as its `<channel>` element describes it. */
export type GuideChannel = {
  /** As the guide spells it; unique in its guide, compared with case. */
  readonly id: string
  /** At least one for every usable channel; the first is the most usual. */
  readonly names: readonly string[]
  readonly icon?: string
}

/** One programme of one channel. */
export type Programme = {
  /** Milliseconds since 1970, UTC. */
  readonly startMs: number
  /** Always after `startMs`. */
  readonly stopMs: number
  /**
   * Everything between `<programme>` and `</programme>` as well-formed XML in the order of the DTD,
   * the title included. It can be written out as it is.
   */
  readonly body: string
}

/** A programme as read: many guides leave `stop` out, and mean "until the next one". */
export type ReadProgramme = Omit<Programme, 'stopMs'> & {
  readonly stopMs: number | undefined
  /**
   * When it is if its start means the second time that a clock shows it, in the night in which
   * clocks are set back. `startMs` and `stopMs` mean the first.
   */
  readonly again?: { readonly startMs: number; readonly stopMs: number | undefined }
}

/** Why an element of a guide is left out. Counted per guide, shown to operators. */
export type SkipReason =
  | 'element-too-large'
  | 'element-not-closed'
  | 'channel-without-id'
  | 'programme-without-channel'
  | 'programme-without-start'
  | 'programme-without-title'
  | 'programme-above-limit'
