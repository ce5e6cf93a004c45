import { execFile, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, jest, test } from '@jest/globals'
import { nullLogger } from '@kptv/logging'
import { openDiscovery } from './open-discovery.ts'
import { DISCOVER_REQUEST, decodePacket, encodePacket } from './packet.ts'

jest.setTimeout(60_000)

const device = { id: '10A0C1DB', uuid: '1-2-3', name: 'KPTV', tuners: 2 }

test('a search on either port is answered with the address at which the searcher reaches us', async () => {
  using discovery = openDiscovery({
    deviceFor: async (remote, own) => ({ ...device, base: `http://${own}:8080/${remote}` }),
    version: '1.0.0',
    logger: nullLogger,
    ports: { hdhomerun: 0, ssdp: 0 },
  })
  const ports = await discovery.ports
  const ask = async (request: Buffer | string, port: number | undefined): Promise<Buffer> => {
    const socket = createSocket('udp4')
    socket.send(request, port, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    return answer
  }
  const reply = decodePacket(await ask(encodePacket({ type: DISCOVER_REQUEST, fields: new Map() }), ports.hdhomerun))
  expect(reply?.fields.get(0x2a)?.toString()).toBe('http://127.0.0.1:8080/127.0.0.1')
  const search = 'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\n\r\n'
  expect((await ask(search, ports.ssdp)).toString()).toContain('LOCATION: http://127.0.0.1:8080/127.0.0.1/device.xml')
})

/** Its own network, so that the ports are free and nothing else is found. */
const canJudge =
  spawnSync('unshare', ['-rn', 'true']).status === 0 && spawnSync('which', ['hdhomerun_config', 'ip']).status === 0
const ifPossible = canJudge ? test : test.skip

ifPossible('hdhomerun_config finds the device in a network of its own', async () => {
  const program = fileURLToPath(new URL('../../../../test-support/discovery-alone.ts', import.meta.url))
  const command = `ip link set lo up && exec "$0" "$1"`
  const { stdout } = await promisify(execFile)('unshare', ['-rn', 'sh', '-c', command, process.execPath, program])
  expect(stdout).toContain('hdhomerun device 10A0C1DB found at 127.0.0.1')
})
