import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import { createAddressPolicy } from '@kptv/upstream'
import { createPanelDetails, type PanelDetails } from './panel-details.ts'

const requests: string[] = []
let body = ''
const panel = createServer((request, response) => {
  requests.push(request.url ?? '')
  response.setHeader('Content-Type', 'application/json').end(body)
})
let base: string
let details: PanelDetails

beforeAll(async () => {
  await new Promise<void>((resolve) => panel.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(panel.address() as AddressInfo).port}`
})
beforeEach(() => {
  requests.length = 0
  const { sources } = parseSources(`${base}/get.php?username=u&password=p|1`)
  const upstream = { userAgent: 'test', reqOrigin: undefined, reqReferrer: undefined, healthCheckTimeoutMs: 5_000 }
  const allow = createAddressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowedHosts: () => [] })
  details = createPanelDetails({ ...upstream, sources: () => sources }, allow)
})
afterAll(() => {
  panel.closeAllConnections()
  panel.close()
})

const streamAt = (path: string) => {
  const [source] = parseSources(`${base}/get.php?username=u&password=p|1`).sources
  return { id: path, sourceId: source!.id, url: base + path, headers: [] }
}

test("a movie's panel is requested once, however often an app opens it", async () => {
  body = JSON.stringify({ info: { plot: 'A heist' }, movie_data: {} })
  const movie = streamAt('/movie/u/p/5.mkv')
  expect(await details.movie(movie)).toMatchObject({ plot: 'A heist' })
  expect(await details.movie(movie)).toMatchObject({ plot: 'A heist' })
  expect(requests).toEqual(['/player_api.php?username=u&password=p&action=get_vod_info&vod_id=5'])
})

test('a panel without details is requested again later, and never for files elsewhere', async () => {
  body = '<html>busy</html>'
  const movie = streamAt('/movie/u/p/5.mkv')
  expect(await details.movie(movie)).toBeUndefined()
  body = JSON.stringify({ info: { plot: 'A heist' } })
  expect(await details.movie(movie)).toMatchObject({ plot: 'A heist' })
  expect(await details.movie(streamAt('/files/heat.mkv'))).toBeUndefined()
  expect(requests).toHaveLength(2)
})
