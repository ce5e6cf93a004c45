import type { DemoChannel } from './demo-channels.ts'

/**
 * The playlist of one demo source. `base` is the address of that source, without a slash at the
 * end.
 */
export function renderDemoPlaylist(channels: readonly DemoChannel[], base: string): string {
  const entries = channels.map(({ id, name }, index) => {
    const attributes = [
      `tvg-id="${id}.demo.kptv"`,
      `tvg-name="${name}"`,
      `tvg-chno="${index + 1}"`,
      `tvg-logo="${base}/logo/${id}.svg"`,
      'group-title="KPTV Demo"',
    ]
    return `#EXTINF:-1 ${attributes.join(' ')},${name}\n${base}/stream/${id}.ts\n`
  })
  return `#EXTM3U url-tvg="${base}/guide.xml"\n${entries.join('')}`
}

export function renderLogo({ name, colour }: DemoChannel): string {
  const letter = name.split(' ').at(-1)?.[0] ?? ''
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">',
    `<rect width="64" height="64" rx="12" fill="${colour}"/>`,
    `<text x="32" y="45" font-family="sans-serif" font-size="36" text-anchor="middle" fill="#fff">${letter}</text></svg>`,
  ].join('')
}
