import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, findFreePort } from '../packages/testkit/src/index.ts'

const isThere = spawnSync('haproxy', ['-v']).status === 0

/**
 * docker/haproxy.cfg as it is, but for the addresses: no name service of Docker, edges at these
 * ports.
 */
function configuration(publicPort: number, edges: readonly number[]): string {
  const servers = edges.map((port, index) => `    server edge${index + 1} 127.0.0.1:${port}`).join('\n')
  return readFileSync(new URL('../docker/haproxy.cfg', import.meta.url), 'utf8')
    .replace(/^resolvers docker\n(?: {4}.*\n)+/m, '')
    .replaceAll(' resolvers docker init-addr none resolve-prefer ipv4', '')
    .replaceAll(/^ {4}server-template .*$/gm, servers)
    .replace('bind :8080', `bind 127.0.0.1:${publicPort}`)
    .replace('log stdout format raw local0', '')
    .replace('    log global\n', '')
}

;(isThere ? describe : describe.skip)('docker/haproxy.cfg in HAProxy', () => {
  const edges: Server[] = []
  let folder: string
  let haproxy: ChildProcess
  let base: string

  beforeAll(async () => {
    for (let index = 0; index < 3; index += 1) {
      // Streams last, as those of an edge do.
      const edge = createServer((request, response) => {
        response.writeHead(200, { 'X-Edge': String(index) })
        if (request.method === 'GET' && request.url?.startsWith('/stream/')) response.write('media')
        else response.end()
      })
      await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve))
      edges.push(edge)
    }
    const port = await findFreePort()
    folder = mkdtempSync(join(tmpdir(), 'kptv-haproxy-'))
    const file = join(folder, 'haproxy.cfg')
    const ports = edges.map((edge) => (edge.address() as AddressInfo).port)
    writeFileSync(file, configuration(port, ports))
    haproxy = spawn('haproxy', ['-f', file, '-db'], { stdio: 'ignore' })
    base = `http://127.0.0.1:${port}`
    await eventually('HAProxy answers', async () => (await fetch(`${base}/playlist.m3u8`)).ok)
  })

  afterAll(async () => {
    haproxy?.kill('SIGKILL')
    for (const edge of edges) edge.closeAllConnections()
    await Promise.all(edges.map((edge) => new Promise((resolve) => edge.close(resolve))))
    rmSync(folder, { recursive: true, force: true })
  })

  const edgeOf = async (path: string, init?: RequestInit): Promise<string | null> =>
    (await fetch(base + path, init)).headers.get('x-edge')

  test('playlists and pages go to all edges in turn', async () => {
    const met = new Set<string | null>()
    for (let count = 0; count < 6; count += 1) met.add(await edgeOf('/playlist.m3u8'))
    expect(met.size).toBe(3)
  })

  test('every address of a channel leads to the same edge, channels to different ones', async () => {
    const met = new Set<string | null>()
    for (let channel = 0; channel < 40; channel += 1) {
      const id = channel.toString(16).padStart(16, '0')
      const forms = [
        `/stream/${id}`,
        `/stream/${id}.ts`,
        `/stream/${id}.m3u8`,
        `/stream/${id}.ts?x=1`,
        `/stream/${id}/7.ts`,
      ]
      // While HAProxy still counts the request before it, an edge is busier than the others.
      await eventually(`channel ${id} has one edge`, async () => {
        const found = new Set<string | null>()
        for (const path of forms) found.add(await edgeOf(path, { method: 'HEAD' }))
        if (found.size === 1) for (const edge of found) met.add(edge)
        return found.size === 1
      })
    }
    expect(met.size).toBe(3)
  })

  test('a channel that everyone watches does not fill its edge while others are idle', async () => {
    const leaving = new AbortController()
    const counts = new Map<string | null, number>()
    for (let viewer = 0; viewer < 30; viewer += 1) {
      const edge = await edgeOf('/stream/cup-final.ts', { signal: leaving.signal })
      counts.set(edge, (counts.get(edge) ?? 0) + 1)
    }
    leaving.abort()
    expect(counts.size).toBe(3)
    // A quarter more than a third of 30, and one on the way.
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(14)
  })
})
