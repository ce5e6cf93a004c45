/** Which episode of which show an entry is. */
type Episode = {
  readonly show: string
  readonly season: number
  readonly episode: number
  /** What the name says after the number; may be empty. */
  readonly title: string
}

/** `S01E02`, `S1 E2`, `s01.e02`, `S01EP02`; `1x02`. */
const NUMBERS = [/\bS(\d{1,3})[\s.]{0,3}E(?:P\.?)?\s?(\d{1,4})\b/i, /\b(\d{1,2})x(\d{2,3})\b/i]
const BEFORE = /^[\s\-–—_.|:]+/
const BEHIND = /[\s\-–—_.|:]+$/

/** Whether a name has the number of an episode. */
export function isEpisodeName(name: string): boolean {
  return NUMBERS.some((number) => number.test(name))
}

/** An entry of a series by its name; without a number it is the only episode of its show. */
export function readEpisode(name: string): Episode {
  const found = NUMBERS.map((number) => number.exec(name)).find((match) => match !== null)
  if (found === undefined || found === null) return { show: name, season: 1, episode: 1, title: '' }
  const [number, season, episode] = found
  const show = name.slice(0, found.index).replace(BEHIND, '')
  const title = name.slice(found.index + number.length).replace(BEFORE, '')
  return { show: show === '' ? name : show, season: Number(season), episode: Number(episode), title }
}
