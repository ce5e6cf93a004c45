import { expect, test } from '@jest/globals'
import { failureOf, lookupFrom, requestOptions } from '../test-support/requests.ts'
import { reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { openMedia, openThroughFfmpeg } from './index.ts'

const media = { variantLimits: { maxBandwidth: undefined, maxHeight: undefined }, ffmpeg: undefined }

test('opens no socket once it may no longer connect', async () => {
  using sockets = watchClientSockets()
  await using provider = await startProvider((_request, socket) => reply(socket, '200 OK', 'media'))
  const failure = await failureOf(
    openMedia({ ...requestOptions(), ...media, url: provider.url('/'), mayConnect: () => false }),
  )
  expect([failure.code, sockets.opened, provider.connections]).toEqual(['aborted', 0, 0])
})

test('opens none if permission ends while the name is resolved', async () => {
  await using provider = await startProvider((_request, socket) => reply(socket, '200 OK', 'media'))
  let may = true
  const find = lookupFrom({ 'provider.example': ['127.0.0.1'] })
  const request = {
    ...requestOptions(),
    ...media,
    url: provider.url('/', 'provider.example'),
    mayConnect: () => may,
    lookup: (...parameters: Parameters<typeof find>) => {
      may = false
      find(...parameters)
    },
  }
  const failure = await failureOf(openMedia(request))
  expect([failure.code, provider.connections]).toEqual(['aborted', 0])
})

test('does not follow a redirect if permission has ended', async () => {
  let may = true
  await using provider = await startProvider((_request, socket) => {
    may = false
    reply(socket, '302 Found', '', ['Location: /next'])
  })
  const failure = await failureOf(
    openMedia({ ...requestOptions(), ...media, url: provider.url('/'), mayConnect: () => may }),
  )
  expect([failure.code, provider.connections]).toEqual(['aborted', 1])
})

test('starts no ffmpeg', async () => {
  const ffmpeg = { path: '/does/not/exist', guard: undefined }
  const request = { ...requestOptions(), url: 'rtsp://127.0.0.1/1', ffmpeg }
  const failure = await failureOf(openThroughFfmpeg({ ...request, mayConnect: () => false }))
  expect(failure.code).toBe('aborted')
})
