/** Where a panel lists the episodes of a series; the login may be sealed. */
const SERIES =
  /^(https?:\/\/[^?#]+\/)player_api\.php\?username=([^&]*)&password=([^&]*)&action=get_series_info&series_id=\d+$/i

/** Whether the address is that of a whole series: a list of episodes, and nothing to play. */
export function isPanelSeries(address: string): boolean {
  return SERIES.test(address)
}

/** Where the panel plays an episode of the series at this address. */
export function panelEpisode(address: string, id: number, extension: string): string | undefined {
  const [, folder, user, password] = SERIES.exec(address) ?? []
  return folder === undefined ? undefined : `${folder}series/${user}/${password}/${id}.${extension}`
}
