/** The tuner with one group's channels. */
export function tunerOf(address: string, group: string): string {
  return group === '' ? address : `${address}/${encodeURIComponent(group)}`
}

/** The address of one group's part. */
export function withGroup(address: string, group: string): string {
  if (group === '') return address
  const url = new URL(address)
  url.searchParams.set('group', group)
  return url.href
}
