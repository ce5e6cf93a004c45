import { type Attributes, readAttributes, readUri, readWhole } from './attributes.ts'
import { type AudioRendition, MAX_VARIANTS, type ParsedPlaylist, type Variables, type Variant } from './model.ts'

type OpenVariant = Pick<Variant, 'bandwidth' | 'height' | 'isAudioOnly'> & { readonly audioGroup: string | undefined }

/** Without an address it is the variant's own audio. */
type GroupMember = { readonly uri: string | undefined; readonly language: string | undefined; readonly rank: number }

/** Most languages to play with one video. */
const MAX_AUDIO = 8

/**
 * Master playlists, RFC 8216 section 4.3.4. I-frame streams, subtitles, session data and keys are
 * left out.
 */
export function createMasterReader() {
  const variants: Array<OpenVariant & { readonly uri: string }> = []
  const audioGroups = new Map<string, GroupMember[]>()
  let open: OpenVariant | undefined

  return {
    tag(tag: string, value: string): void {
      if (tag === '#EXT-X-STREAM-INF') open = readVariant(readAttributes(value))
      if (tag === '#EXT-X-MEDIA') noteRendition(readAttributes(value))
    },

    uri(line: string): void {
      if (open !== undefined && variants.length < MAX_VARIANTS) variants.push({ ...open, uri: line })
      open = undefined
    },

    get hasVariants(): boolean {
      return variants.length > 0
    },

    finish(variables: Variables): ParsedPlaylist {
      if (variants.length === 0) return { kind: 'refused', code: 'hls-no-variant' }
      return { kind: 'master', variants: variants.map(withAudio), variables }
    },
  }

  function noteRendition(attributes: Attributes): void {
    const group = attributes.get('GROUP-ID')
    if (attributes.get('TYPE')?.toUpperCase() !== 'AUDIO' || group === undefined) return
    const members = audioGroups.get(group) ?? []
    if (members.length === 0 && audioGroups.size >= MAX_VARIANTS) return
    audioGroups.set(group, members)
    const member = { uri: readUri(attributes), language: attributes.get('LANGUAGE'), rank: rankOf(attributes) }
    if (members.length < MAX_AUDIO && !members.some(({ uri }) => uri === member.uri)) members.push(member)
  }

  function withAudio({ audioGroup, ...variant }: (typeof variants)[number]): Variant {
    const group = audioGroups.get(audioGroup ?? '') ?? []
    // An audio variant, under any name, needs no other audio.
    const members = variant.isAudioOnly || group.some(({ uri }) => uri === variant.uri) ? [] : group
    const others = members.filter(({ uri }) => uri !== undefined).sort((one, other) => other.rank - one.rank)
    return {
      ...variant,
      audio: others.map(({ uri, language }): AudioRendition => ({ uri: uri!, language })),
      hasOwnAudio: others.length === 0 || others.length < members.length,
      ownLanguage: members.find(({ uri }) => uri === undefined)?.language,
    }
  }
}

function readVariant(attributes: Attributes): OpenVariant {
  const codecs = (attributes.get('CODECS') ?? '').split(',').map((codec) => codec.trim())
  const height = /^\d+x(\d{1,5})$/i.exec(attributes.get('RESOLUTION') ?? '')?.[1]
  return {
    bandwidth: readWhole(attributes.get('BANDWIDTH') ?? attributes.get('AVERAGE-BANDWIDTH')) ?? 0,
    height: height === undefined ? undefined : Number(height),
    isAudioOnly: height === undefined && codecs.every((codec) => AUDIO_CODEC.test(codec)),
    audioGroup: attributes.get('AUDIO'),
  }
}

/** The provider's choice (section 4.3.4.1); among equals the first. */
function rankOf(attributes: Attributes): number {
  const isYes = (name: string): boolean => attributes.get(name)?.toUpperCase() === 'YES'
  if (isYes('DEFAULT')) return 2
  return isYes('AUTOSELECT') ? 1 : 0
}

const AUDIO_CODEC = /^(mp4a|ac-3|ec-3|opus|flac|mp3)/i
