import { expect, test } from '@jest/globals'
import { GuideReader } from './guide-reader.ts'
import { writeProgramme } from './write-xmltv.ts'

/** The times of a programme as served; those without an offset are of the zone. */
function served(zone: string, start: string, stop: string): string[] {
  const written: string[] = []
  const reader = new GuideReader({
    onChannel: () => {},
    wanted: () => ({ zone, shiftMs: 0 }),
    onProgramme: (channel, { startMs, stopMs = Number.NaN, body }) =>
      written.push(writeProgramme(channel, { startMs, stopMs, body })),
  })
  const programme = `<programme start="${start}" stop="${stop}" channel="a"><title>T</title></programme>`
  reader.push(Buffer.from(`<tv>${programme}</tv>`))
  reader.end()
  return [...written.join('').matchAll(/(?:start|stop)="(.*?)"/g)].map(([, time = '']) => time)
}

const BERLIN = 'Europe/Berlin'
const SYDNEY = 'Australia/Sydney'

test.each<[string, string, string, string, string, string]>([
  ['winter', BERLIN, '20250115200000', '20250115210000', '20250115190000', '20250115200000'],
  ['winter, offset', BERLIN, '20250115200000 +0100', '20250115210000 +0100', '20250115190000', '20250115200000'],
  ['summer', BERLIN, '20250715200000', '20250715210000', '20250715180000', '20250715190000'],
  ['summer, offset', BERLIN, '20250715200000 +0200', '20250715210000 +0200', '20250715180000', '20250715190000'],
  ['clock forward', BERLIN, '20250330010000', '20250330030000', '20250330000000', '20250330010000'],
  ['clock forward, offset', BERLIN, '20250330010000 +0100', '20250330030000 +0200', '20250330000000', '20250330010000'],
  ['after it', BERLIN, '20250330030000', '20250330040000', '20250330010000', '20250330020000'],
  ['clock back', BERLIN, '20251026010000', '20251026030000', '20251025230000', '20251026020000'],
  [
    'first hour from 2 to 3',
    BERLIN,
    '20251026020000 +0200',
    '20251026023000 +0200',
    '20251026000000',
    '20251026003000',
  ],
  [
    'second hour from 2 to 3',
    BERLIN,
    '20251026020000 +0100',
    '20251026023000 +0100',
    '20251026010000',
    '20251026013000',
  ],
  ['after it', BERLIN, '20251026030000', '20251026040000', '20251026020000', '20251026030000'],
  ['summer', SYDNEY, '20250115200000', '20250115210000', '20250115090000', '20250115100000'],
  ['summer, offset', SYDNEY, '20250115200000 +1100', '20250115210000 +1100', '20250115090000', '20250115100000'],
  ['winter', SYDNEY, '20250715200000', '20250715210000', '20250715100000', '20250715110000'],
  ['winter, offset', SYDNEY, '20250715200000 +1000', '20250715210000 +1000', '20250715100000', '20250715110000'],
  ['clock back', SYDNEY, '20250406013000', '20250406033000', '20250405143000', '20250405173000'],
  [
    'first hour from 2 to 3',
    SYDNEY,
    '20250406020000 +1100',
    '20250406023000 +1100',
    '20250405150000',
    '20250405153000',
  ],
  [
    'second hour from 2 to 3',
    SYDNEY,
    '20250406020000 +1000',
    '20250406023000 +1000',
    '20250405160000',
    '20250405163000',
  ],
  ['after it', SYDNEY, '20250406030000', '20250406040000', '20250405170000', '20250405180000'],
  ['clock forward', SYDNEY, '20251005010000', '20251005030000', '20251004150000', '20251004160000'],
  ['clock forward, offset', SYDNEY, '20251005010000 +1000', '20251005030000 +1100', '20251004150000', '20251004160000'],
  ['after it', SYDNEY, '20251005030000', '20251005040000', '20251004160000', '20251004170000'],
])('%s in %s: %s to %s', (_, zone, start, stop, startUtc, stopUtc) => {
  expect(served(zone, start, stop)).toEqual([`${startUtc} +0000`, `${stopUtc} +0000`])
})
