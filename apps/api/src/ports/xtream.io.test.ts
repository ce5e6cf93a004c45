import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, type UsersForTests, userNamed } from '../../test-support/users.ts'

let users: UsersForTests
let port: PublicPort

beforeAll(async () => {
  users = createUsersForTests([
    userNamed('anna', { streams: 2, endAtMs: Date.UTC(2027, 5) }),
    userNamed('ben', { sees: { include: [{ field: 'group', pattern: 'UK' }], exclude: [] } }),
  ])
  port = await startPublicPort({
    access: users.access,
    watching: {
      begin: async () => ({ stopped: () => undefined }),
      admitPlayer: async () => undefined,
      count: async () => 1,
    },
  })
})

afterAll(async () => port[Symbol.asyncDispose]())

const LOGIN = 'username=anna&password=anna-password'
const ask = async (query: string, init: RequestInit = {}) => {
  const response = await fetch(`${port.base}/player_api.php?${query}`, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: JSON.parse(text) as unknown }
}
const jsonOf = async (query: string) => (await ask(query)).json

describe('a login', () => {
  test('that is right describes the account, with the types that apps expect', async () => {
    const { status, json } = await ask(LOGIN)
    expect(status).toBe(200)
    expect(json).toEqual({
      user_info: {
        username: 'anna',
        password: users.linkTokenOf('anna'),
        message: '',
        auth: 1,
        status: 'Active',
        exp_date: String(Date.UTC(2027, 5) / 1000),
        is_trial: '0',
        active_cons: '1',
        created_at: '0',
        max_connections: '2',
        allowed_output_formats: ['ts', 'm3u8'],
      },
      server_info: expect.objectContaining({
        url: '127.0.0.1',
        port: new URL(port.base).port,
        server_protocol: 'http',
        timezone: 'UTC',
        timestamp_now: expect.any(Number),
        time_now: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      }),
    })
  })

  test('may come as a form', async () => {
    const body = new URLSearchParams('username=anna&password=anna-password&action=get_live_categories')
    const response = await fetch(`${port.base}/player_api.php`, { method: 'POST', body })
    expect(await response.json()).toHaveLength(3)
  })

  test.each(['username=anna&password=wrong', 'username=nobody&password=x', '', `${LOGIN.slice(0, 13)}`])(
    'that is wrong (%j) gets 200 and auth 0, whatever it requests',
    async (login) => {
      for (const action of ['', '&action=get_live_streams']) {
        const { status, json } = await ask(login + action)
        expect(status).toBe(200)
        expect(json).toMatchObject({ user_info: { auth: 0 } })
      }
    },
  )

  test('without an end date has one that apps can read', async () => {
    const answer = (await jsonOf('username=ben&password=ben-password')) as {
      readonly user_info: { readonly exp_date: string }
    }
    expect(Number(answer.user_info.exp_date)).toBeGreaterThan(2_000_000_000)
    expect(Number(answer.user_info.exp_date)).toBeLessThan(2 ** 31)
  })
})

describe('lists', () => {
  test('category ids are strings, channel numbers are numbers', async () => {
    expect(await jsonOf(`${LOGIN}&action=get_live_categories`)).toEqual([
      { category_id: '3', category_name: 'News', parent_id: 0 },
      { category_id: '4', category_name: 'UK', parent_id: 0 },
      { category_id: '5', category_name: 'Other', parent_id: 0 },
    ])
    expect(await jsonOf(`${LOGIN}&action=get_live_streams`)).toEqual([
      {
        num: 7,
        name: 'News',
        stream_type: 'live',
        stream_id: 1,
        stream_icon: expect.stringContaining(`${port.base}/link/${users.linkTokenOf('anna')}/logo/news`),
        epg_channel_id: 'news.uk',
        added: '0',
        is_adult: 0,
        category_id: '3',
        category_ids: [3, 4],
        custom_sid: '',
        tv_archive: 0,
        direct_source: '',
        tv_archive_duration: 0,
        thumbnail: '',
      },
      expect.objectContaining({
        num: 2,
        name: 'Other "one"',
        stream_id: 2,
        category_id: '5',
        epg_channel_id: 'ends.ts.kptv',
      }),
    ])
  })

  test.each([
    ['4', 1],
    ['5', 1],
    ['0', 2],
    ['', 2],
    ['999', 0],
  ])('category %j has %i channels', async (category, count) => {
    expect(await jsonOf(`${LOGIN}&action=get_live_streams&category_id=${category}`)).toHaveLength(count)
  })

  test('contain what the user may see, and nothing else', async () => {
    const login = 'username=ben&password=ben-password'
    expect(await jsonOf(`${login}&action=get_live_streams`)).toHaveLength(1)
    expect(await jsonOf(`${login}&action=get_live_categories`)).toHaveLength(2)
  })

  test.each(['get_vod_categories', 'get_vod_streams', 'get_series_categories', 'get_series'])(
    '%s is empty',
    async (action) => {
      expect(await jsonOf(`${LOGIN}&action=${action}`)).toEqual([])
    },
  )

  test.each(['get_short_epg', 'get_simple_data_table'])(
    '%s of a channel without a guide, or of no channel, is empty',
    async (action) => {
      for (const id of ['1', '6', '99', 'x', '']) {
        expect(await jsonOf(`${LOGIN}&action=${action}&stream_id=${id}`)).toEqual({ epg_listings: [] })
      }
    },
  )
})

describe('playback', () => {
  test.each([
    ['/live/anna/anna-password/1.ts', 200],
    ['/anna/anna-password/1', 200],
    ['/anna/anna-password/1.ts', 200],
    ['/live/anna/token-of-anna/1.ts', 200],
    ['/live/anna/wrong/1.ts', 401],
    ['/live/anna/anna-password/99.ts', 404],
    ['/live/anna/anna-password/3.ts', 404],
    ['/live/anna/anna-password/6.ts', 404],
    ['/live/anna/anna-password/name.ts', 404],
    ['/panel_api.php?username=anna&password=anna-password', 404],
  ])('HEAD %s is %i', async (path, status) => {
    expect((await fetch(port.base + path, { method: 'HEAD' })).status).toBe(status)
  })

  test('HLS of a channel redirects to its link with the token', async () => {
    const found = await fetch(`${port.base}/live/anna/anna-password/1.m3u8`, { redirect: 'manual' })
    expect([found.status, found.headers.get('location')]).toEqual([
      302,
      `${port.base}/link/${users.linkTokenOf('anna')}/stream/news.m3u8`,
    ])
    const ofFormat = (query: string) =>
      fetch(`${port.base}/live/anna/anna-password/1.m3u8?${query}`, { redirect: 'manual' })
    expect((await ofFormat('format=fmp4&audio=aac')).headers.get('location')).toMatch(
      /\/stream\/news\.m3u8\?format=fmp4&audio=aac$/,
    )
    expect((await ofFormat('format=dash')).status).toBe(400)
    expect((await fetch(`${port.base}/live/anna/anna-password/99.m3u8`)).status).toBe(404)
  })

  test('get.php is the playlist, with tokens instead of the password; xmltv.php is the guide', async () => {
    const playlist = await (await fetch(`${port.base}/get.php?${LOGIN}&type=m3u_plus&output=ts`)).text()
    expect(playlist).toContain(`/link/${users.linkTokenOf('anna')}/stream/news.ts`)
    expect(playlist).not.toContain('anna-password')
    expect(await (await fetch(`${port.base}/xmltv.php?${LOGIN}`)).text()).toContain('<tv>')
  })
})

test('without USERS_FILE any login is accepted, without limits', async () => {
  await using open = await startPublicPort()
  const answer = await fetch(`${open.base}/player_api.php?username=any&password=thing`)
  expect(await answer.json()).toMatchObject({ user_info: { auth: 1, username: 'any', active_cons: '0' } })
  expect((await fetch(`${open.base}/live/any/thing/1.ts`, { method: 'HEAD' })).status).toBe(200)
  expect(
    (await fetch(`${open.base}/player_api.php?username=any&password=canary`)).headers.get('www-authenticate'),
  ).toBeNull()
})

test('a list is sent while it is made: its first byte does not wait for the catalogue', async () => {
  const gate = Promise.withResolvers<void>()
  await using slow = await startPublicPort({
    catalog: {
      currentGeneration: async () => 1,
      channel: async () => undefined,
      async *channelsInOrder() {
        await gate.promise
        yield* []
      },
    },
  })
  const response = await fetch(`${slow.base}/player_api.php?action=get_live_streams`, {
    headers: { 'Accept-Encoding': 'identity' },
  })
  const reader = response.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('[')
  gate.resolve()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe(']')
})
