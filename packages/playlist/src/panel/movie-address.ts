/** Where a panel plays a movie; the login may be sealed. */
const MOVIE = /^(https?:\/\/[^?#]+\/)movie\/([^/?#]+)\/([^/?#]+)\/(\d+)\.\w{1,5}$/i

/** Where the panel describes the movie at this address; undefined if it is not that of a panel. */
export function panelMovieInfo(address: string): string | undefined {
  const [, folder, ...rest] = MOVIE.exec(address) ?? []
  // In a query a plus sign is a space.
  const [user, password, id] = rest.map((part) => part.replaceAll('+', '%2B').replaceAll('&', '%26'))
  return folder === undefined
    ? undefined
    : `${folder}player_api.php?username=${user}&password=${password}&action=get_vod_info&vod_id=${id}`
}
