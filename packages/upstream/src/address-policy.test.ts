import { describe, expect, test } from '@jest/globals'
import { createAddressPolicy } from './address-policy.ts'

const strict = createAddressPolicy({ allowedCidrs: [], allowedHosts: [] })

describe('by default, for any list and any DNS answer', () => {
  test.each([
    ...['8.8.8.8', '1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '128.0.0.1'],
    ...['169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255'],
    ...['2001:4860:4860::8888', '2606:4700:4700::1111', '2a00:1450:4001:800::200e', '2400::1'],
  ])('%s is allowed', (address) => {
    expect(strict(address, 'provider.example')).toBe(true)
  })

  test.each([
    ['loopback', ['127.0.0.1', '127.1.2.3', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1']],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::', '::0']],
    ['link-local and metadata', ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.250', 'ff02::1', 'ff0e::1', '255.255.255.255']],
    ['shared address space (CGNAT)', ['100.64.0.0', '100.100.100.200', '100.127.255.255']],
    ['services of a cloud', ['168.63.129.16', '::ffff:168.63.129.16', '192.0.0.192', '100.100.100.200']],
    ['unique local', ['fc00::1', 'fd00:ec2::254', 'fdff::1']],
    ['private', ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255']],
    ['reserved', ['192.0.0.1', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1']],
    ['mapped', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:10.0.0.1', '::ffff:169.254.169.254', '::ffff:8.8.8.8']],
    ['compatible', ['::127.0.0.1', '::7f00:1', '::10.0.0.1', '::8.8.8.8']],
    ['translated', ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::1', '::ffff:0:127.0.0.1', '::ffff:0:a00:1']],
    ['6to4 and Teredo', ['2002:7f00:1::', '2002:a00:1::1', '2001::1', '2001:0:7f00:1::']],
    ['documentation and other', ['2001:db8::1', '3fff::1', '100::1', '5f00::1', '4000::1', '2001:2::1', '2001:20::1']],
    ['odd IPv4 spellings', ['127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '010.0.0.1']],
    ['whole numbers', ['0', '1', '017700000001', '0xA000001', '256.256.256.256', '1.2.3.4.5', '8.8.8']],
    ['dots and white space', ['127.0.0.1.', ' 127.0.0.1', '8.8.8.8 ', '8.8.8.8\n', '8。8。8。8', '①②⑦.⓪.⓪.①']],
    ['other text', ['', 'localhost', 'localhost.', '[::1]', '::1]', '::ffff:0x7f.0.0.1', '1::2::3', '8.8.8.8/32', '-']],
  ])('%s is refused: %j', (_kind, addresses) => {
    expect(addresses.filter((address) => strict(address, 'provider.example'))).toEqual([])
  })

  test.each(['localhost', 'metadata.google.internal', '169.254.169.254', ''])(
    'the name %j opens nothing',
    (hostname) => {
      expect(strict('169.254.169.254', hostname)).toBe(false)
    },
  )
})

describe('allowed ranges', () => {
  const policy = createAddressPolicy({ allowedCidrs: ['192.168.1.0/24', '10.9.8.7', 'fd12::/16'], allowedHosts: [] })

  test.each([
    ['192.168.1.77', true],
    ['192.168.2.77', false],
    ['10.9.8.7', true],
    ['10.9.8.8', false],
    ['fd12:1::5', true],
    ['fd13::5', false],
    ['::ffff:192.168.1.77', true],
    ['::ffff:192.168.2.77', false],
    ['127.0.0.1', false],
    ['8.8.8.8', true],
  ])('%s: %s', (address, allowed) => {
    expect(policy(address, 'camera.lan')).toBe(allowed)
  })

  test.each(['10.0.0.0/33', 'lan', '10.0.0.0/8/8', '', '::1/129'])('%j is not a range', (range) => {
    expect(() => createAddressPolicy({ allowedCidrs: [range], allowedHosts: [] })).toThrow(TypeError)
  })
})

describe("a source's own host", () => {
  const policy = createAddressPolicy({ allowedCidrs: [], allowedHosts: ['NAS.lan', '192.168.1.5', '[fd00::5]'] })

  test.each([
    ['192.168.1.5', 'nas.lan', true],
    ['192.168.1.5', 'nas.lan.', true],
    ['127.0.0.1', 'nas.lan', true],
    ['192.168.1.5', '192.168.1.5', true],
    ['fd00::5', '[fd00::5]', true],
    ['fd00::5', 'fd00::5', true],
    ['192.168.1.6', '192.168.1.6', false],
    ['192.168.1.5', 'other.lan', false],
    ['192.168.1.5', 'evil.nas.lan', false],
    ['not an address', 'nas.lan', false],
  ])('%s as %s: %s', (address, hostname, allowed) => {
    expect(policy(address, hostname)).toBe(allowed)
  })
})
