import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type MadeListOptions = {
  readonly entries: number
  /**
   * Different names, so channels; each has `entries / names` streams. Default: a name for each
   * entry.
   */
  readonly names?: number
  /** Scheme, host and port of the addresses. */
  readonly base?: string
  readonly user?: string
  readonly password?: string
}

/**
 * Pieces of a list as panels of the Xtream kind write it: about 240 bytes an entry. The same
 * options make the same text.
 */
function* madeList(options: MadeListOptions): Generator<string> {
  const { entries, names = entries, base = 'http://provider.example:8080', user = 'user', password = 'pass' } = options
  let piece = `#EXTM3U url-tvg="${base}/xmltv.php?username=${user}&password=${password}"\n`
  for (let index = 0; index < entries; index++) {
    const channel = index % names
    const id = `channel${channel}.${COUNTRIES[channel % COUNTRIES.length]!.toLowerCase()}`
    const name = `${COUNTRIES[channel % COUNTRIES.length]}: ${THEMES[channel % THEMES.length]} ${channel} ${QUALITIES[channel % 3]}`
    const logo = `${base}/images/${(channel * 2_654_435_761) % 2 ** 32}.png`
    const group = `${COUNTRIES[channel % COUNTRIES.length]} | ${THEMES[channel % THEMES.length]}`
    piece += `#EXTINF:-1 tvg-id="${id}" tvg-name="${name}" tvg-logo="${logo}" group-title="${group}",${name}\n`
    piece += `${base}/live/${user}/${password}/${100_000 + index}.ts\n`
    if (piece.length < 64 * 1024) continue
    yield piece
    piece = ''
  }
  yield piece
}

/** The list as a file that is gone when disposed: anyone who measures memory must not hold it. */
export async function writeMadeList(options: MadeListOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-bench-'))
  const path = join(folder, 'list.m3u')
  const file = createWriteStream(path)
  for (const piece of madeList(options)) if (!file.write(piece)) await once(file, 'drain')
  file.end()
  await once(file, 'finish')
  const { bytesWritten: bytes } = file
  return { path, bytes, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

const COUNTRIES = ['UK', 'DE', 'FR', 'ES', 'IT', 'PL', 'TR', 'SE', 'NL', 'PT', 'القناة']
const THEMES = ['News', 'Sport', 'Kino', 'Música', 'Kinder', 'Doku', 'Série']
const QUALITIES = ['SD', 'HD', '4K']
