import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { imageType } from './image-type.ts'
import { createLogoStore } from './logo-store.ts'

const PNG = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1')

test.each([
  ['png', PNG, 'image/png'],
  ['jpeg', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'image/jpeg'],
  ['gif', Buffer.from('GIF89a'), 'image/gif'],
  ['webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), 'image/webp'],
  ['svg', Buffer.from('<svg xmlns="x"/>'), 'image/svg+xml'],
  [
    'svg after a declaration and a remark',
    Buffer.from('\ufeff<?xml version="1.0"?>\n<!-- a -->\n<svg>'),
    'image/svg+xml',
  ],
  ['a page', Buffer.from('<!doctype html><svg>'), undefined],
  ['a word that begins like one', Buffer.from('<svg-like>'), undefined],
  ['nothing', Buffer.alloc(0), undefined],
])('the type of an image comes from its bytes: %s', (_, bytes, type) => {
  expect(imageType(bytes)).toBe(type)
})

/** Channels by id, each with the logo at the address. */
function store(addresses: Record<string, string>, download: (address: string) => Promise<Buffer>) {
  const fetched: string[] = []
  const logos = createLogoStore({
    catalog: {
      channel: async (id) =>
        addresses[id] === undefined
          ? undefined
          : ({ id, name: id, attributes: [['tvg-logo', addresses[id]]], streams: [] } as CatalogChannel),
    },
    download(address) {
      fetched.push(address)
      return download(address)
    },
  })
  return { logos, fetched }
}

test('a logo is fetched once for all channels and requests that share it', async () => {
  const { logos, fetched } = store({ a: 'http://x/1.png', b: 'http://x/1.png' }, async () => PNG)
  const found = await Promise.all(['a', 'b', 'a'].map((id) => logos.find(id)))
  expect(found.map((logo) => logo?.type)).toEqual(['image/png', 'image/png', 'image/png'])
  await logos.find('b')
  expect(fetched).toEqual(['http://x/1.png'])
})

test.each([
  ['a server that fails', 'http://x/1.png', async () => Promise.reject(new Error('refused'))],
  ['a page instead of an image', 'http://x/1.png', async () => Buffer.from('<html>')],
])('%s: there is no logo, and it is not fetched again at once', async (_, address, download) => {
  const { logos, fetched } = store({ a: address }, download)
  expect([await logos.find('a'), await logos.find('a')]).toEqual([undefined, undefined])
  expect(fetched).toHaveLength(1)
})

test.each(['file:///etc/passwd', 'data:image/png;base64,AA', '', 'logo.png'])('%j is not fetched', async (address) => {
  const { logos, fetched } = store({ a: address }, async () => PNG)
  expect(await logos.find('a')).toBeUndefined()
  expect(await logos.find('unknown')).toBeUndefined()
  expect(fetched).toEqual([])
})

test('few are fetched at once, few wait, the rest is refused', async () => {
  const addresses = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}`, `http://x/${index}.png`]))
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const { logos, fetched } = store(addresses, () => gate.then(() => PNG))
  const all = Promise.allSettled(Object.keys(addresses).map((id) => logos.find(id)))
  await new Promise((resolve) => setImmediate(resolve))
  expect(fetched).toHaveLength(4)
  open()
  const refused = (await all).filter((answer) => answer.status === 'rejected')
  expect(refused).toHaveLength(100)
  expect(refused.every(({ reason }) => reason instanceof QueueFullError)).toBe(true)
})
