import { expect, test } from '@jest/globals'
import type { Request, Response } from 'express'
import { PlayerNames } from './player-names.ts'

type Sent = { readonly address?: string; readonly program?: string; readonly fields?: Record<string, string> }

/** Players that request a movie, as one node sees them. */
function setUp() {
  const names = new PlayerNames()
  return (cookie?: string, { address = '192.0.2.1', program = 'TV', fields = {} }: Sent = {}) => {
    const headers: Record<string, string> = { 'user-agent': program, ...fields }
    if (cookie !== undefined) headers.cookie = `lang=en; kptv_player=${cookie}`
    const given: string[] = []
    const request = { headers, ip: address, secure: false, get: (name: string) => headers[name] }
    const response = { cookie: (_name: string, value: string) => void given.push(value) }
    const { id } = names.playerOf(request as never as Request, response as never as Response, {}, 'movie')
    return { id, cookie: given[0] }
  }
}

test('a player that keeps no cookie is the same in all requests, and is given another name each time', () => {
  const send = setUp()
  const [first, second, third] = [send(), send(), send()]
  expect([second.id, third.id]).toEqual([first.id, first.id])
  expect(new Set([first.cookie, second.cookie, third.cookie]).size).toBe(3)
})

test('a player that keeps its cookie is the same in all requests, and is given one once', () => {
  const send = setUp()
  const first = send()
  const next = [send(first.cookie), send(first.cookie)]
  expect(next).toEqual([
    { id: first.id, cookie: undefined },
    { id: first.id, cookie: undefined },
  ])
})

test('two players that look alike are told apart once each has shown its cookie', () => {
  const send = setUp()
  const television = send()
  expect(send(television.cookie).id).toBe(television.id)
  const other = send()
  expect(other.id).not.toBe(television.id)
  expect([send(television.cookie).id, send(other.cookie).id]).toEqual([television.id, other.id])
})

test('they part also where the second one comes before the first has shown its cookie', () => {
  const send = setUp()
  const [first, second] = [send(), send()]
  // The second has the connection; the first requests the rest of its movie.
  expect(second.id).toBe(first.id)
  const parted = send(first.cookie)
  expect(parted.id).not.toBe(second.id)
  for (let turn = 0; turn < 3; turn += 1) {
    expect(send(second.cookie).id).toBe(second.id)
    expect(send(first.cookie).id).toBe(parted.id)
  }
})

test.each([
  ['address', { address: '192.0.2.2' }],
  ['program', { program: 'Phone' }],
  ['playback of an Apple player', { fields: { 'x-playback-session-id': '0F3C5A9E-1D2B-4C3D-8E9F-001122334455' } }],
])('players of another %s are others', (_, sent) => {
  const send = setUp()
  expect(send(undefined, sent).id).not.toBe(send().id)
  expect(send(undefined, sent).id).toBe(send(undefined, sent).id)
})

test.each(['', 'short', 'x'.repeat(65), 'name with spaces 123456', '"quoted-name-123456"'])(
  'the cookie %j is none of ours',
  (cookie) => {
    const send = setUp()
    expect(send(cookie).cookie).toBeDefined()
  },
)
