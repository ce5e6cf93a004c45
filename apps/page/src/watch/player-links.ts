/** What a player gets of all there is. */
export type Part = { readonly group: string; readonly output: '' | 'hls' }

/** The address of a playlist or guide of one part. */
export function withPart(address: string, part: Partial<Part>): string {
  const given = Object.entries(part).filter(([, value]) => value !== '')
  if (given.length === 0) return address
  const url = new URL(address)
  for (const [name, value] of given) url.searchParams.set(name, value)
  return url.href
}

/** The address of a tuner with the channels of one group. */
export function tunerOf(address: string, group: string): string {
  return group === '' ? address : `${address}/${encodeURIComponent(group)}`
}
