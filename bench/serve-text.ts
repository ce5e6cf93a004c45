/**
 * A provider on a separate thread, so that its work is not counted: one text for `/`, otherwise
 * 404.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const server = createServer((request, response) => {
  if (request.url !== '/') response.statusCode = 404
  response.end(request.url === '/' ? (workerData as string) : '')
})
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port))
