import { expect, test } from '@jest/globals'
import { parseNodeRecord } from './node-record.ts'

const read = (url: string) => parseNodeRecord('i-1', { node: 'edge-1', url, internalUrl: url })

test.each(['http://10.0.0.5:8080', 'http://edge-1.example:9190', 'http://[fd00::5]:8080'])(
  '%s is the address of a peer',
  (url) => {
    expect(read(url)).toMatchObject({ url, internalUrl: url })
  },
)

// Anyone who can write to Redis can write such a record: our requests must not follow the writer's
// wishes.
test.each([
  '',
  'https://10.0.0.5:8080',
  'http://10.0.0.5',
  'http://10.0.0.5:8080/',
  'http://10.0.0.5:8080/admin?x=',
  'http://user:pass@10.0.0.5:8080',
  'http://10.0.0.5:8080#',
  'http://[fd00::5%25eth0]:8080',
  'file:///etc/passwd',
  'http://10.0.0.5:8080\r\nX: y',
])('%j is not an address', (url) => {
  expect(read(url)).toMatchObject({ url: '', internalUrl: '' })
})
