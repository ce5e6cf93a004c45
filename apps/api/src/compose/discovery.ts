import { createDuty } from '@kptv/coordination'
import { createLinks } from '../http/links.ts'
import { deviceFacts } from '../outputs/hdhomerun/device-facts.ts'
import type { Devices } from '../outputs/hdhomerun/devices.ts'
import { type Discovery, openDiscovery } from '../outputs/hdhomerun/discovery/open-discovery.ts'
import type { Access } from '../users/access.ts'
import { VERSION } from '../version.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Store } from './redis.ts'

type DiscoveryParts = { readonly devices: Devices; readonly access: Access; readonly holder: string }

/** Answers searches for tuners in the network, while this process is the one that does so. */
export function composeDiscovery(
  { settings, book, logger }: EdgeParts,
  { redis, keys, deviceSeed }: Store,
  { devices, access, holder }: DiscoveryParts,
) {
  /** A machine finds what it could watch without a login. */
  async function deviceFor(remote: string, own: string) {
    const caller = await access.admit({ kind: 'none' }, { address: remote, agent: '' })
    if ('refused' in caller) return undefined
    const device = await devices.find({ profile: undefined, sight: caller.sight })
    if (device === undefined) return undefined
    const base = createLinks(settings.baseUrl ?? `http://${own}:${settings.port}`).device()
    return deviceFacts({ device, base, profile: undefined, caller }, { deviceSeed, sources: book.current })
  }

  return {
    start(leaving: AsyncDisposableStack): void {
      if (!settings.hdhomerunDiscovery) return
      let open: Discovery | undefined
      const onChange = (isOurs: boolean): void => {
        open?.[Symbol.dispose]()
        open = isOurs ? openDiscovery({ deviceFor, version: VERSION, logger }) : undefined
      }
      const duty = leaving.use(createDuty({ redis, key: keys.tunerDiscovery, holder, onChange }))
      void duty.check()
    },
  }
}
