import { describe, expect, test } from '@jest/globals'
import { checksumOf, deviceIdentity, withChecksum } from './device-id.ts'

describe('the checksum', () => {
  test.each(['4B505402', '10A0C1DB'])('the last digit follows from the others: %s', (id) => {
    expect(withChecksum(id.slice(0, 7))).toBe(id)
    expect(checksumOf(id)).toBe(0)
  })

  test('a wrong digit anywhere is noticed', () => {
    const id = withChecksum('1A2B3C4')
    for (const place of id.split('').keys()) {
      const other = id[place] === '0' ? '1' : '0'
      expect(checksumOf(id.slice(0, place) + other + id.slice(place + 1))).not.toBe(0)
    }
  })
})

describe('the identity of a device', () => {
  const owner = { user: 'anna', profile: 'news' }

  test('is valid, and the same each time it is made', () => {
    const { id, uuid } = deviceIdentity('seed', owner)
    expect(id).toMatch(/^1[0-9A-F]{7}$/)
    expect(checksumOf(id)).toBe(0)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(uuid.endsWith(id.toLowerCase())).toBe(true)
    expect(deviceIdentity('seed', { ...owner })).toEqual({ id, uuid })
  })

  test('differs for each user, each profile and each cluster', () => {
    const owners = ['anna', undefined, 'ben'].flatMap((user) =>
      ['news', undefined, 'anna'].map((profile) => ({ user, profile })),
    )
    const ids = ['seed', 'other'].flatMap((seed) => owners.map((one) => deviceIdentity(seed, one).id))
    expect(new Set(ids).size).toBe(18)
  })
})
