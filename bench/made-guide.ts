/** A made-up guide. */
type MadeGuide = {
  readonly channels: number
  readonly programmesPerChannel: number
  /** Of the first programme, milliseconds; the others follow, one an hour. Default: 2026. */
  readonly fromMs?: number
}

export const HOUR_MS = 3_600_000
const FROM_MS = Date.UTC(2026, 0, 1)
const CHUNK_LENGTH = 64 * 1024
const TEXT = 'Two teams meet for the last time this year, and only one of them reaches the next round. '

export const guideChannelOf = (index: number): string => `channel-${index}.example`

/** The document piece by piece: it is larger than a text or a buffer may be. */
export function* madeGuide({ channels, programmesPerChannel, fromMs = FROM_MS }: MadeGuide): Generator<Buffer> {
  let text = '<?xml version="1.0" encoding="UTF-8"?>\n<tv>\n'
  for (let channel = 0; channel < channels; channel += 1)
    text += `<channel id="${guideChannelOf(channel)}"><display-name>Channel ${channel}</display-name></channel>\n`
  yield Buffer.from(text)
  text = ''
  for (let hour = 0; hour < programmesPerChannel; hour += 1) {
    const times = `start="${timeOf(fromMs, hour)}" stop="${timeOf(fromMs, hour + 1)}"`
    const body = `<title lang="en">Programme ${hour} &amp; more</title><desc>${TEXT.repeat(2)}</desc><category>Sport</category>`
    for (let channel = 0; channel < channels; channel += 1) {
      text += `<programme ${times} channel="${guideChannelOf(channel)}">${body}</programme>\n`
      if (text.length < CHUNK_LENGTH) continue
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(`${text}</tv>\n`)
}

function timeOf(fromMs: number, hour: number): string {
  return `${new Date(fromMs + hour * HOUR_MS).toISOString().slice(0, 19).replace(/[-T:]/g, '')} +0000`
}
