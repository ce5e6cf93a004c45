import { type Attributes, readAttributes, readWhole } from './attributes.ts'
import { MOST_VARIANTS, type ParsedPlaylist, type Variant } from './model.ts'

type OpenVariant = Omit<Variant, 'uri' | 'hasSeparateAudio'> & { audioGroup: string | undefined }

/** Master playlists, RFC 8216 section 4.3.4. I-frame streams, subtitles, session data and keys are left out. */
export function createMasterReader() {
  const variants: Array<OpenVariant & { uri: string }> = []
  /** Whether a group has sound that comes with the picture: a rendition without an address. */
  const audioGroups = new Map<string, 'inside' | 'separate'>()
  let open: OpenVariant | undefined

  return {
    tag(tag: string, value: string): void {
      if (tag === '#EXT-X-STREAM-INF') open = readVariant(readAttributes(value))
      if (tag === '#EXT-X-MEDIA') noteRendition(readAttributes(value))
    },

    uri(line: string): void {
      if (open !== undefined && variants.length < MOST_VARIANTS) variants.push({ ...open, uri: line })
      open = undefined
    },

    finish(): ParsedPlaylist {
      if (variants.length === 0) return { kind: 'refused', code: 'hls-no-variant' }
      return {
        kind: 'master',
        variants: variants.map(({ audioGroup, ...variant }) => ({
          ...variant,
          hasSeparateAudio: audioGroup !== undefined && audioGroups.get(audioGroup) === 'separate',
        })),
      }
    },
  }

  function noteRendition(attributes: Attributes): void {
    const group = attributes.get('GROUP-ID')
    if (attributes.get('TYPE') !== 'AUDIO' || group === undefined || audioGroups.size >= MOST_VARIANTS) return
    if (!attributes.has('URI')) audioGroups.set(group, 'inside')
    else if (!audioGroups.has(group)) audioGroups.set(group, 'separate')
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

const AUDIO_CODEC = /^(mp4a|ac-3|ec-3|opus|flac|mp3)/i
