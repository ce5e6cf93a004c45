export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  News: ['Morning News', 'World Report', 'Channel Four', 'Parliament Live', 'Business Today'],
  Sport: ['Arena One', 'Arena Two', 'Motor', 'Winter Sports'],
  Culture: ['Concert Hall', 'Stage', 'Documentary', 'Nature', 'History'],
  Regional: ['Northern', 'Southern', 'City', 'Harbour'],
}

const TITLES: Readonly<Record<string, readonly string[]>> = {
  News: ['Headlines', 'The world at noon', 'Questions to the minister', 'Markets', 'The weather'],
  Sport: ['Semi-final', 'Highlights of the week', 'Live from the track', 'Qualifying', 'Studio'],
  Culture: ['Whales of the north', 'An evening with strings', 'The lost harbour', 'Painters at sea', 'Roman roads'],
  Regional: ['Our streets', 'On the river', 'Cooking with Ines', 'Market day', 'Late talk'],
}
const MINUTES = [30, 45, 60, 90, 25]
const HOURS_BEFORE = 3
const PROGRAMMES = 24

/** A guide of all channels, around now. */
export function madeGuide(nowMs: number): string {
  const programmes = Object.entries(GROUPS).flatMap(([group, names]) =>
    names.map((name, at) => programmesOf(name, { titles: TITLES[group]!, at, nowMs })),
  )
  return `<tv>${programmes.join('')}</tv>`
}

function programmesOf(
  name: string,
  of: { readonly titles: readonly string[]; readonly at: number; readonly nowMs: number },
): string {
  const id = name.toLowerCase().replaceAll(' ', '-')
  let startMs = Math.floor(of.nowMs / 1_800_000) * 1_800_000 - HOURS_BEFORE * 3_600_000
  let text = `<channel id="${id}"><display-name>${name}</display-name></channel>`
  for (let index = 0; index < PROGRAMMES; index += 1) {
    const stopMs = startMs + MINUTES[(index + of.at) % MINUTES.length]! * 60_000
    const title = of.titles[(index + of.at) % of.titles.length]
    text += `<programme start="${timeOf(startMs)}" stop="${timeOf(stopMs)}" channel="${id}"><title>${title}</title></programme>`
    startMs = stopMs
  }
  return text
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, '')} +0000`
}
