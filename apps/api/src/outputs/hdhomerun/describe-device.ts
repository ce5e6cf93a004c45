import { escapeXml } from '@kptv/guide'
import { renderChannel, renderHeader } from '@kptv/playlist'
import type { DeviceIdentity } from './device-id.ts'
import type { LineupChannel } from './lineup.ts'

export type DeviceFacts = DeviceIdentity & {
  readonly name: string
  /** Address of the device, with the user's token, without a slash at the end. */
  readonly base: string
  readonly tuners: number
}

const MODEL = { ModelNumber: 'HDHR5-4US', FirmwareName: 'hdhomerun5_atsc', FirmwareVersion: '20240101' } as const
const MANUFACTURER = 'KPTV'

/** `discover.json` */
export function discoverAnswer({ id, name, base, tuners }: DeviceFacts): object {
  return {
    FriendlyName: name,
    Manufacturer: MANUFACTURER,
    ...MODEL,
    DeviceID: id,
    DeviceAuth: 'kptv',
    BaseURL: base,
    LineupURL: `${base}/lineup.json`,
    TunerCount: tuners,
  }
}

/** `lineup_status.json`: there is nothing to scan. */
export const LINEUP_STATUS = { ScanInProgress: 0, ScanPossible: 0, Source: 'Cable', SourceList: ['Cable'] } as const

/** `lineup.json` */
export function lineupAnswer(channels: readonly LineupChannel[], base: string): readonly object[] {
  return channels.map(({ number, name }) => ({
    GuideNumber: number,
    GuideName: name,
    URL: tunerLink(base, number),
  }))
}

/** `lineup.xml` */
export function lineupXml(channels: readonly LineupChannel[], base: string): string {
  const programs = channels.map(
    ({ number, name }) =>
      `<Program><GuideNumber>${escapeXml(number)}</GuideNumber><GuideName>${escapeXml(name)}</GuideName>` +
      `<URL>${escapeXml(tunerLink(base, number))}</URL></Program>\n`,
  )
  return `${XML}<Lineup>\n${programs.join('')}</Lineup>\n`
}

/** `lineup.m3u`, for players without tuners. */
export function lineupM3u(channels: readonly LineupChannel[], base: string): string {
  const lines = channels.map(({ number, name }) => {
    const attributes = [
      ['channel-id', number],
      ['channel-number', number],
    ] as const
    return renderChannel({ name, attributes }, tunerLink(base, number))
  })
  return renderHeader({ epgUrls: [] }) + lines.join('')
}

/** `device.xml`, for programs that find devices by UPnP. */
export function deviceXml({ id, uuid, name, base }: DeviceFacts): string {
  return `${XML}<root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<URLBase>${escapeXml(base)}</URLBase>
<device>
<deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>
<friendlyName>${escapeXml(name)}</friendlyName>
<manufacturer>${MANUFACTURER}</manufacturer>
<modelName>${MODEL.ModelNumber}</modelName>
<modelNumber>${MODEL.ModelNumber}</modelNumber>
<serialNumber>${id}</serialNumber>
<UDN>uuid:${uuid}</UDN>
</device>
</root>
`
}

function tunerLink(base: string, number: string): string {
  return `${base}/auto/v${number}`
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
