import { execFile } from 'node:child_process'
import { nullLogger } from '@kptv/logging'
import { openDiscovery } from '../src/outputs/hdhomerun/discovery/open-discovery.ts'

/** Answers searches on the real ports, and prints what the program of the maker finds. */
const discovery = openDiscovery({
  deviceFor: async (_remote, own) => ({
    id: '10A0C1DB',
    uuid: '1-2-3',
    name: 'KPTV',
    base: `http://${own}:8080/hdhr`,
    tuners: 2,
  }),
  version: '1.0.0',
  logger: nullLogger,
})
await discovery.ports
execFile('hdhomerun_config', ['discover', '127.0.0.1'], (_error, stdout, stderr) => {
  process.stdout.write(stdout + stderr)
  discovery[Symbol.dispose]()
})
