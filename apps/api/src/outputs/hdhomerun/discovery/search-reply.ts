import type { DeviceFacts } from '../describe-device.ts'

const DEVICE_TYPE = 'urn:schemas-upnp-org:device:MediaServer:1'
const MAX_LENGTH = 2_048

/**
 * The answer to a search by UPnP (`M-SEARCH`, UPnP Device Architecture 1.1, section 1.3);
 * `undefined` if it searches for something else.
 */
export function searchReply(request: Buffer, { uuid, base }: DeviceFacts, version: string): string | undefined {
  const target = targetOf(request)
  if (target === undefined) return undefined
  const own = `uuid:${uuid}`
  const searched = target === 'ssdp:all' ? 'upnp:rootdevice' : target
  if (!['upnp:rootdevice', DEVICE_TYPE, own].includes(searched)) return undefined
  const lines = [
    'HTTP/1.1 200 OK',
    'CACHE-CONTROL: max-age=1800',
    'EXT:',
    `LOCATION: ${base}/device.xml`,
    `SERVER: Linux UPnP/1.1 KPTV/${version}`,
    `ST: ${searched}`,
    `USN: ${searched === own ? own : `${own}::${searched}`}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function targetOf(request: Buffer): string | undefined {
  if (request.length > MAX_LENGTH) return undefined
  const [first = '', ...lines] = request.toString('latin1').split(/\r?\n/)
  if (!/^M-SEARCH \* HTTP\/1\.1$/.test(first)) return undefined
  const field = (name: RegExp): string | undefined =>
    lines.map((line) => name.exec(line)?.[1]?.trim()).find((value) => value !== undefined)
  return field(/^MAN:(.*)$/i) === '"ssdp:discover"' ? field(/^ST:(.*)$/i) : undefined
}
