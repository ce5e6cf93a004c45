import type { Source } from '@kptv/config'
import { channelKey } from '@kptv/playlist'
import type { Caller } from '../../users/caller.ts'
import type { DeviceFacts } from './describe-device.ts'
import { deviceIdentity } from './device-id.ts'
import type { Device, Devices } from './devices.ts'
import { tunerCount } from './tuner-count.ts'

export type DeviceFactsOptions = {
  readonly devices: Devices
  readonly deviceSeed: () => Promise<string>
  readonly sources: () => readonly Source[]
}

/** A device, and who asks for it. */
export type AskedDevice = {
  readonly device: Device
  /** Its address, without a slash at the end. */
  readonly base: string
  readonly profile: string | undefined
  readonly caller: Pick<Caller, 'user'>
}

/** What a device says of itself. Throws when Redis is away. */
export async function deviceFacts(
  { device, base, profile, caller: { user } }: AskedDevice,
  { deviceSeed, sources }: Pick<DeviceFactsOptions, 'deviceSeed' | 'sources'>,
): Promise<DeviceFacts> {
  const owner = { user: user?.name.toLowerCase(), profile: profile && channelKey(profile) }
  return {
    ...deviceIdentity(await deviceSeed(), owner),
    name: profile === undefined ? 'KPTV' : `KPTV ${profile}`,
    base,
    tuners: tunerCount(device.sourceIds, sources(), user?.streams),
  }
}
