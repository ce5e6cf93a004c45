/** What may stand in an element, after the DTD of XMLTV (xmltv.dtd 1.2). */
export type ElementRule = {
  /** Values that are allowed, or any text. */
  readonly attributes?: Readonly<Record<string, true | readonly string[]>>
  /** Attributes without which the element says nothing. */
  readonly required?: readonly string[]
  /** A child without which the element says nothing. */
  readonly requiredChild?: string
  /** Children in the order in which they must stand. */
  readonly children?: ChildOrder
  /** At most one of it in its parent. */
  readonly isSingle?: true
  readonly hasText?: true
}

/** The names of children with their places. */
export type ChildOrder = ReadonlyMap<string, number>

const inOrder = (...names: readonly string[]): ChildOrder => new Map(names.map((name, index) => [name, index]))

const TEXT: ElementRule = { hasText: true }
const SINGLE_TEXT: ElementRule = { hasText: true, isSingle: true }
const LANGUAGE_TEXT: ElementRule = { hasText: true, attributes: { lang: true } }
const SINGLE_LANGUAGE_TEXT: ElementRule = { ...LANGUAGE_TEXT, isSingle: true }
const PERSON: ElementRule = { hasText: true, children: inOrder('image', 'url') }
const RATING: ElementRule = { children: inOrder('value', 'icon'), requiredChild: 'value', attributes: { system: true } }

/**
 * Children of `<programme>` in the order of the DTD. The title is written first, in any case.
 */
export const PROGRAMME_CHILDREN = inOrder(
  'title',
  'sub-title',
  'desc',
  'credits',
  'date',
  'category',
  'keyword',
  'language',
  'orig-language',
  'length',
  'icon',
  'url',
  'country',
  'episode-num',
  'video',
  'audio',
  'previously-shown',
  'premiere',
  'last-chance',
  'new',
  'subtitles',
  'rating',
  'star-rating',
  'review',
  'image',
)

/**
 * Elements that are passed on. Readers that validate refuse a guide for one element that is not
 * here.
 */
export const ELEMENTS: Readonly<Record<string, ElementRule>> = {
  title: LANGUAGE_TEXT,
  'sub-title': LANGUAGE_TEXT,
  desc: LANGUAGE_TEXT,
  credits: {
    isSingle: true,
    children: inOrder(
      'director',
      'actor',
      'writer',
      'adapter',
      'producer',
      'composer',
      'editor',
      'presenter',
      'commentator',
      'guest',
    ),
  },
  director: PERSON,
  actor: { ...PERSON, attributes: { role: true, guest: ['yes', 'no'] } },
  writer: PERSON,
  adapter: PERSON,
  producer: PERSON,
  composer: PERSON,
  editor: PERSON,
  presenter: PERSON,
  commentator: PERSON,
  guest: PERSON,
  date: SINGLE_TEXT,
  category: LANGUAGE_TEXT,
  keyword: LANGUAGE_TEXT,
  language: SINGLE_LANGUAGE_TEXT,
  'orig-language': SINGLE_LANGUAGE_TEXT,
  length: { ...SINGLE_TEXT, attributes: { units: ['seconds', 'minutes', 'hours'] }, required: ['units'] },
  icon: { attributes: { src: true, width: true, height: true }, required: ['src'] },
  url: { ...TEXT, attributes: { system: true } },
  country: LANGUAGE_TEXT,
  'episode-num': { ...TEXT, attributes: { system: true } },
  video: { isSingle: true, children: inOrder('present', 'colour', 'aspect', 'quality') },
  audio: { isSingle: true, children: inOrder('present', 'stereo') },
  present: SINGLE_TEXT,
  colour: SINGLE_TEXT,
  aspect: SINGLE_TEXT,
  quality: SINGLE_TEXT,
  stereo: SINGLE_TEXT,
  'previously-shown': { isSingle: true, attributes: { start: true, channel: true } },
  premiere: SINGLE_LANGUAGE_TEXT,
  'last-chance': SINGLE_LANGUAGE_TEXT,
  new: { isSingle: true },
  subtitles: { children: inOrder('language'), attributes: { type: ['teletext', 'onscreen', 'deaf-signed'] } },
  rating: RATING,
  'star-rating': RATING,
  value: SINGLE_TEXT,
  review: {
    ...TEXT,
    attributes: { type: ['text', 'url'], source: true, reviewer: true, lang: true },
    required: ['type'],
  },
  image: {
    ...TEXT,
    attributes: {
      type: ['poster', 'backdrop', 'still', 'person', 'character'],
      size: ['1', '2', '3'],
      orient: ['P', 'L'],
      system: true,
    },
  },
}

/** Elements that mean something although they are empty. */
export const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  'icon',
  'new',
  'previously-shown',
  'premiere',
  'last-chance',
  'subtitles',
])
