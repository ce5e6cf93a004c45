/** The most expensive answers to read for their length, which `size` sets. */
type TurnInput = { readonly name: string; readonly size: number; make(size: number): string }

const head = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n'
const repeated = (size: number, line: (index: number) => string): string =>
  Array.from({ length: size }, (_, index) => line(index)).join('\n')

export const TURN_CORPUS: readonly TurnInput[] = [
  {
    name: 'gaps',
    size: 20_000,
    make: (size) => `${head}${repeated(size, (at) => `#EXT-X-GAP\n#EXTINF:1,\n${at}.ts`)}\n#EXT-X-ENDLIST\n`,
  },
  {
    name: 'gaps of one name',
    size: 20_000,
    make: (size) => `${head}${repeated(size, () => '#EXT-X-GAP\n#EXTINF:1,\na')}\n#EXT-X-ENDLIST\n`,
  },
  {
    name: 'gaps between missing segments',
    size: 10_000,
    make: (size) =>
      `${head}${repeated(size, (at) => `#EXT-X-GAP\n#EXTINF:1,\ng\n#EXTINF:1,\n${at}`)}\n#EXT-X-ENDLIST\n`,
  },
  { name: 'live segments', size: 50_000, make: (size) => `${head}${repeated(size, (at) => `#EXTINF:1,\n${at}.ts`)}\n` },
  {
    name: 'dates and keys',
    size: 8_000,
    make: (size) =>
      `${head}${repeated(size, (at) => `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXT-X-KEY:METHOD=AES-128,URI="k${at}"\n#EXTINF:1,\n${at}`)}\n`,
  },
  {
    name: 'variants',
    size: 10_000,
    make: (size) => `#EXTM3U\n${repeated(size, (at) => `#EXT-X-STREAM-INF:BANDWIDTH=${at},AUDIO="a"\nv${at}`)}\n`,
  },
  {
    name: 'renditions',
    size: 10_000,
    make: (size) =>
      `#EXTM3U\n${repeated(size, (at) => `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g${at % 300}",URI="${at}"`)}\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="g1"\nv\n`,
  },
  {
    name: 'attributes',
    size: 60,
    make: (size) => `#EXTM3U\n${repeated(size, () => `#EXT-X-STREAM-INF:${'A="x",'.repeat(2_600)}\nv`)}\n`,
  },
  {
    name: 'variables',
    size: 400,
    make: (size) =>
      `#EXTM3U\n#EXT-X-DEFINE:NAME="v",VALUE="x"\n${head}${repeated(size, () => `#EXTINF:1,\n${'{$v}'.repeat(600)}`)}\n`,
  },
  {
    name: 'channels',
    size: 30_000,
    make: (size) => `#EXTM3U\n${repeated(size, (at) => `#EXTINF:-1,${at}\nhttp://127.0.0.1:1/${at}`)}\n`,
  },
  {
    name: 'PLS',
    size: 30_000,
    make: (size) => `[playlist]\n${repeated(size, (at) => `File${at}=http://127.0.0.1:1/`)}\n`,
  },
  {
    name: 'XSPF',
    size: 20_000,
    make: (size) =>
      `<?xml version="1.0"?><playlist>${repeated(size, () => '<location>http://127.0.0.1:1/</location>')}</playlist>`,
  },
  { name: 'sync bytes everywhere', size: 1_000_000, make: (size) => 'G'.repeat(size) },
  { name: 'empty lines', size: 500_000, make: (size) => `#EXTM3U${'\n'.repeat(size)}` },
]
