import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseXmltv } from '@iptv/xmltv'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { escapeXml } from './entities.ts'
import { GuideReader } from './guide-reader.ts'
import { mergeProgrammes } from './merge-programmes.ts'
import type { GuideChannel, ReadProgramme } from './model.ts'
import { writeChannel, writeProgramme, XMLTV_HEAD, XMLTV_TAIL } from './write-xmltv.ts'

type Shown = {
  readonly channel: string
  /** Hours from `firstMs`. */
  readonly from: number
  readonly to: number
  readonly title: string
  readonly desc?: string
  readonly categories?: readonly string[]
  readonly actor?: string
  readonly episode?: string
}

const HOUR_MS = 3_600_000
const firstMs = Date.UTC(2026, 2, 28, 22)
const NAMES = { 'ab.uk': 'A & B', 'one.de': 'Ü "1"' }

/** What is put in, and must come out; the night in which Berlin changes its clock is in it. */
const PROGRAMMES: readonly Shown[] = [
  { channel: 'ab.uk', from: 0, to: 1, title: 'News & <weather>', desc: 'What "happened", and it\'s late' },
  { channel: 'ab.uk', from: 1, to: 2.5, title: 'Ночь', categories: ['Film', 'Drama & crime'], actor: 'Zoë Ø' },
  { channel: 'ab.uk', from: 2.5, to: 8, title: '日本', episode: '1.4.' },
  { channel: 'one.de', from: 0, to: 2, title: 'Ä Ö Ü' },
  { channel: 'one.de', from: 2, to: 6, title: 'Café', desc: '1 000 €' },
]

/** Local time with an offset that is not ours. */
function timeAt(hours: number): string {
  const local = new Date(firstMs + (hours - 3.5) * HOUR_MS)
  return `${local.toISOString().slice(0, 19).replace(/[-T:]/g, '')} -0330`
}

function elementOf({ channel, from, to, title, desc, categories = [], actor, episode }: Shown): string {
  const credits = actor === undefined ? '' : `<credits><actor>${actor}</actor></credits>`
  const number = episode === undefined ? '' : `<episode-num system="xmltv_ns">${episode}</episode-num>`
  return (
    `<programme channel="${escapeXml(channel)}" stop="${timeAt(to)}" start="${timeAt(from)}">` +
    `${categories.map((category) => `<category>${escapeXml(category)}</category>`).join('')}${number}` +
    `<live/><desc>${escapeXml(desc ?? '')}</desc>${credits}<title><![CDATA[${title}]]></title></programme>`
  )
}

/** From a document in another order, through all of the package, to the document that is served. */
function servedGuide(): string {
  const foreign = PROGRAMMES.toReversed().map(elementOf).join('\n')
  const named = Object.entries(NAMES).map(
    ([id, name]) =>
      `<channel id="${escapeXml(id)}"><url>http://a.example</url><display-name>${escapeXml(name)}</display-name></channel>`,
  )
  const channels: GuideChannel[] = []
  const programmes = new Map<string, ReadProgramme[]>()
  const reader = new GuideReader({
    onChannel: (channel) => channels.push(channel),
    wanted: () => ({ zone: 0, shiftMs: 0 }),
    onProgramme: (id, programme) => programmes.set(id, [...(programmes.get(id) ?? []), programme]),
  })
  reader.push(Buffer.from(`<?xml version="1.0"?><tv>${foreign}${named.join('')}</tv>`))
  reader.end()
  const window = { fromMs: firstMs, toMs: firstMs + 24 * HOUR_MS }
  const written = channels.flatMap(({ id }) =>
    mergeProgrammes([programmes.get(id) ?? []], window).map((programme) => writeProgramme(id, programme)),
  )
  return [XMLTV_HEAD, ...channels.map(writeChannel), ...written, XMLTV_TAIL].join('')
}

/** That reader leaves the entities of XML to its users. */
function plain(text: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (entity, name: string) => characters[name] ?? entity)
}

function textOf(values: ReadonlyArray<{ readonly _value?: string }> = []): string {
  return plain(values[0]?._value ?? '')
}

test('another reader finds the programmes that were written', () => {
  const { channels = [], programmes = [] } = parseXmltv(servedGuide())
  expect(channels.map(({ id, displayName }) => [plain(id), textOf(displayName)])).toEqual(Object.entries(NAMES))
  const found = programmes.map(
    ({ channel, start, stop, title, desc, category, credits, episodeNum }): Shown => ({
      channel: plain(channel),
      from: (start.getTime() - firstMs) / HOUR_MS,
      to: ((stop?.getTime() ?? Number.NaN) - firstMs) / HOUR_MS,
      title: textOf(title),
      ...(desc === undefined ? {} : { desc: textOf(desc) }),
      ...(category === undefined ? {} : { categories: category.map((one) => textOf([one])) }),
      ...(credits === undefined ? {} : { actor: textOf(credits.actor) }),
      ...(episodeNum === undefined ? {} : { episode: textOf(episodeNum) }),
    }),
  )
  expect(found).toEqual(PROGRAMMES)
})

describe('the programs of xmltv-util', () => {
  const programs = ['tv_sort', 'tv_validate_file']
  const isInstalled = programs.every((program) => spawnSync(program, ['--help']).error === undefined)
  if (!isInstalled) console.log('xmltv-util is not installed, so tv_sort and tv_validate_file do not judge the guide')
  const testWithXmltv = isInstalled ? test : test.skip
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kptv-guide-'))
    writeFileSync(join(folder, 'guide.xml'), servedGuide())
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function run(program: string, ...options: string[]) {
    const env = { ...process.env, XMLTV_SUPPLEMENT: '/usr/share/xmltv' }
    const { status, stdout, stderr } = spawnSync(program, options, { cwd: folder, env })
    return { status, text: `${stdout}${stderr}` }
  }

  testWithXmltv('tv_validate_file accepts it', () => {
    expect(run('tv_validate_file', 'guide.xml')).toEqual({ status: 0, text: expect.stringContaining('ok') })
  })

  testWithXmltv('tv_sort has nothing to complain about, and loses no programme', () => {
    expect(run('tv_sort', '--output', 'sorted.xml', 'guide.xml')).toEqual({ status: 0, text: '' })
    const starts = (file: string) => {
      const text = readFileSync(join(folder, file), 'utf8')
      return [...text.matchAll(/start="(.*?)"/g)].map(([, start]) => start).sort()
    }
    expect(starts('sorted.xml')).toEqual(starts('guide.xml'))
    expect(starts('sorted.xml')).toHaveLength(PROGRAMMES.length)
  })
})
