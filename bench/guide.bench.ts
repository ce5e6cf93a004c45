/**
 * How fast a guide is scanned of which the catalogue has a tenth, beside a parser of XML alone; and
 * whether everything that belongs to the catalogue is found, and nothing else.
 * `-- --programmes 100` for 3 million of them, about 1 GB.
 */
import { parseArgs } from 'node:util'
import { GuideMatcher, GuideReader, WantedIndex } from '@kptv/guide'
import { SaxesParser } from 'saxes'
import { guideChannelOf, madeGuide } from './made-guide.ts'
import { count, duration, megabytes, printTable, printTitle, ratio } from './report.ts'

const { values } = parseArgs({ options: { programmes: { type: 'string', default: '10' } }, strict: false })
const size = { channels: 30_000, programmesPerChannel: Number(values.programmes) }
const wanted = size.channels / 10
const wantedId = (index: number): string => guideChannelOf(index * 10)
const programmes = size.channels * size.programmesPerChannel

const found = new Map<string, number>()
const index = new WantedIndex((name) => name)
for (let channel = 0; channel < wanted; channel += 1)
  index.add({ id: `${channel}`, name: `${channel}`, guideIds: [wantedId(channel)] })
const matcher = new GuideMatcher(index)
const times = { zone: 0, shiftMs: 0 }
const reader = new GuideReader({
  onChannel: (channel) => matcher.add(channel),
  wanted: (id) => (matcher.receivers(id).length > 0 ? times : undefined),
  onProgramme: (id) => found.set(id, (found.get(id) ?? 0) + 1),
})
const ours = run((chunk) => reader.push(chunk))
const facts = reader.end()

const expected = new Set(Array.from({ length: wanted }, (_, index) => wantedId(index)))
const isExact = [...found].every(([id, times]) => expected.has(id) && times === size.programmesPerChannel)
if (!isExact || found.size !== wanted || facts.programmes !== programmes) throw new Error('programmes were lost')

let elements = 0
const parser = new SaxesParser()
parser.on('opentag', ({ name }) => {
  if (name === 'programme') elements += 1
})
const alone = run((chunk) => parser.write(chunk.toString()))
if (elements !== programmes) throw new Error('saxes lost programmes')

printTitle(
  `guide: ${count(programmes)} programmes of ${count(size.channels)} channels, ${megabytes(ours.bytes)}; the catalogue has ${count(wanted)}`,
)
const perSecond = ({ bytes, ms }: Run) => megabytes(bytes / (ms / 1000))
printTable(
  ['', 'scanner and matcher', 'saxes alone', 'ratio'],
  [
    ['processor time', duration(ours.ms), duration(alone.ms), ratio(alone.ms, ours.ms)],
    ['bytes a second of it', perSecond(ours), perSecond(alone), ''],
    ['peak memory of the process', megabytes(ours.peakBytes), megabytes(alone.peakBytes), ''],
  ],
)

type Run = { readonly ms: number; readonly bytes: number; readonly peakBytes: number }

/** The processor time of `take` alone, without the making of the document. */
function run(take: (chunk: Buffer) => void): Run {
  let [ms, bytes] = [0, 0]
  for (const chunk of madeGuide(size)) {
    const before = process.cpuUsage()
    take(chunk)
    const { user, system } = process.cpuUsage(before)
    ms += (user + system) / 1000
    bytes += chunk.length
  }
  return { ms, bytes, peakBytes: process.resourceUsage().maxRSS * 1024 }
}
