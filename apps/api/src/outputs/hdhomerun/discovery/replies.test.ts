import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { discoverReply, isDiscoverRequest } from './discover-reply.ts'
import { localAddress } from './local-address.ts'
import { DISCOVER_REQUEST, decodePacket, encodePacket } from './packet.ts'
import { searchReply } from './search-reply.ts'

const device = { id: '10A0C1DB', uuid: '1-2-3', name: 'KPTV', base: 'http://tv:8080/hdhr', tuners: 3 }
const request = (fields: Array<[number, string]>, type = DISCOVER_REQUEST) =>
  encodePacket({ type, fields: new Map(fields.map(([tag, hex]) => [tag, Buffer.from(hex, 'hex')])) })

describe('UDP 65001', () => {
  test.each<[string, Buffer, boolean]>([
    [
      'any tuner',
      request([
        [1, '00000001'],
        [2, 'ffffffff'],
      ]),
      true,
    ],
    [
      'any device',
      request([
        [1, 'ffffffff'],
        [2, 'ffffffff'],
      ]),
      true,
    ],
    [
      'this device',
      request([
        [1, '00000001'],
        [2, '10a0c1db'],
      ]),
      true,
    ],
    ['no wish', request([]), true],
    [
      'another device',
      request([
        [1, '00000001'],
        [2, '10a0c1d9'],
      ]),
      false,
    ],
    [
      'storage',
      request([
        [1, '00000005'],
        [2, 'ffffffff'],
      ]),
      false,
    ],
    ['a short field', request([[1, '01']]), false],
    ['another type', request([], 4), false],
    ['nothing', Buffer.alloc(0), false],
    ['a broken checksum', request([]).fill(0, 4), false],
    ['a cut packet', request([[1, '00000001']]).subarray(0, 9), false],
  ])('a search for %s', (_, bytes, isAnswered) => {
    expect(isDiscoverRequest(bytes, device.id)).toBe(isAnswered)
  })

  test('the reply names the device', () => {
    const packet = decodePacket(discoverReply(device))
    expect(packet?.type).toBe(3)
    expect(packet?.fields.get(1)?.toString('hex')).toBe('00000001')
    expect(packet?.fields.get(2)?.toString('hex')).toBe('10a0c1db')
    expect(packet?.fields.get(0x10)).toEqual(Buffer.of(3))
    expect(packet?.fields.get(0x2a)?.toString()).toBe(device.base)
  })

  test('long fields survive, and a field that runs past the end makes the packet invalid', () => {
    const long = Buffer.alloc(300, 'x')
    const packet = { type: 3, fields: new Map([[0x27, long]]) }
    expect(decodePacket(encodePacket(packet))?.fields.get(0x27)).toEqual(long)
    const beyond = encodePacket({ type: 2, fields: new Map([[1, Buffer.of(2, 9)]]) })
    expect(decodePacket(beyond)?.fields.get(1)).toEqual(Buffer.of(2, 9))
  })
})

describe('UPnP', () => {
  const search = (target: string, first = 'M-SEARCH * HTTP/1.1', man = '"ssdp:discover"') =>
    Buffer.from(`${first}\r\nHOST: 239.255.255.250:1900\r\nMAN: ${man}\r\nMX: 1\r\nST: ${target}\r\n\r\n`)

  test.each([
    ['ssdp:all', 'upnp:rootdevice'],
    ['upnp:rootdevice', 'upnp:rootdevice'],
    ['urn:schemas-upnp-org:device:MediaServer:1', 'urn:schemas-upnp-org:device:MediaServer:1'],
    ['uuid:1-2-3', 'uuid:1-2-3'],
  ])('a search for %s finds the device', (target, shown) => {
    const reply = searchReply(search(target), device, '1.0.0')
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s)
    expect(reply).toContain(`\r\nST: ${shown}\r\n`)
    expect(reply).toContain('\r\nLOCATION: http://tv:8080/hdhr/device.xml\r\n')
  })

  test.each([
    ['another device', search('uuid:other')],
    ['another service', search('urn:dial-multiscreen-org:service:dial:1')],
    ['no search', search('ssdp:all', 'NOTIFY * HTTP/1.1')],
    ['no wish to discover', search('ssdp:all', 'M-SEARCH * HTTP/1.1', 'x')],
    ['far too long', Buffer.concat([search('ssdp:all'), Buffer.alloc(4_000)])],
    ['not text', Buffer.from([0xff, 0, 1, 2])],
  ])('%s is not answered', (_, bytes) => {
    expect(searchReply(bytes, device, '1.0.0')).toBeUndefined()
  })
})

test.each([
  ['192.168.1.77', '192.168.1.5'],
  ['10.9.9.9', undefined],
  ['127.0.0.9', '127.0.0.1'],
  ['fe80::1', undefined],
])('%s reaches us at %s', (remote, own) => {
  const info = (address: string, cidr: string) => ({ address, cidr, family: 'IPv4' }) as NetworkInterfaceInfo
  const interfaces = { lo: [info('127.0.0.1', '127.0.0.1/8')], eth0: [info('192.168.1.5', '192.168.1.5/24')] }
  expect(localAddress(remote, interfaces)).toBe(own)
})
