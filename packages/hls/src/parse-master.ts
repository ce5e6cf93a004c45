import { type Attributes, readAttributes, readWhole } from './attributes.ts'
import { MAX_VARIANTS, type ParsedPlaylist, type Variant } from './model.ts'

type OpenVariant = Omit<Variant, 'uri' | 'audioUri'> & { audioGroup: string | undefined }

/** The rendition of a group that is played. Without an address it comes with the video. */
type Audio = { readonly uri: string | undefined; readonly rank: number }

/** Master playlists, RFC 8216 section 4.3.4. I-frame streams, subtitles, session data and keys are left out. */
export function createMasterReader() {
  const variants: Array<OpenVariant & { uri: string }> = []
  const audioGroups = new Map<string, Audio>()
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

    finish(): ParsedPlaylist {
      if (variants.length === 0) return { kind: 'refused', code: 'hls-no-variant' }
      return {
        kind: 'master',
        variants: variants.map(({ audioGroup, ...variant }) => ({
          ...variant,
          audioUri: variant.isAudioOnly ? undefined : separateAudio(variant.uri, audioGroup),
        })),
      }
    },
  }

  function noteRendition(attributes: Attributes): void {
    const group = attributes.get('GROUP-ID')
    if (attributes.get('TYPE') !== 'AUDIO' || group === undefined) return
    const known = audioGroups.get(group)
    const audio = { uri: attributes.get('URI'), rank: rankOf(attributes) }
    if (known === undefined ? audioGroups.size < MAX_VARIANTS : audio.rank > known.rank) audioGroups.set(group, audio)
  }

  function separateAudio(uri: string, group: string | undefined): string | undefined {
    const audio = group === undefined ? undefined : audioGroups.get(group)?.uri
    return audio === uri ? undefined : audio
  }
}

function readVariant(attributes: Attributes): OpenVariant {
  const codecs = (attributes.get('CODECS') ?? '').split(',').map((codec) => codec.trim())
  const height = /^\d+x(\d{1,5})$/i.exec(attributes.get('RESOLUTION') ?? '')?.[1]
  return {
    bandwidth: readWhole(attributes.get('BANDWIDTH')) ?? 0,
    height: height === undefined ? undefined : Number(height),
    isAudioOnly: height === undefined && codecs.every((codec) => AUDIO_CODEC.test(codec)),
    audioGroup: attributes.get('AUDIO'),
  }
}

/** What comes with the video is best: it needs nothing else. Then what the provider would play (section 4.3.4.1); of equals the first. */
function rankOf(attributes: Attributes): number {
  if (!attributes.has('URI')) return 3
  if (attributes.get('DEFAULT') === 'YES') return 2
  return attributes.get('AUTOSELECT') === 'YES' ? 1 : 0
}

const AUDIO_CODEC = /^(mp4a|ac-3|ec-3|opus|flac|mp3)/i
