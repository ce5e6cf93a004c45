import { createHmac } from 'node:crypto'

/** A device in the network: all that recorders know it by. */
export type DeviceIdentity = {
  /** Eight hexadecimal digits, the last of which checks the others. */
  readonly id: string
  readonly uuid: string
}

/** Whose device it is, and which part of the channels it has. */
type DeviceOwner = { readonly user: string | undefined; readonly profile: string | undefined }

/** The same on all nodes and for ever, and different for each owner. */
export function deviceIdentity(seed: string, { user, profile }: DeviceOwner): DeviceIdentity {
  const digits = createHmac('sha256', seed)
    .update(JSON.stringify([user ?? null, profile ?? null]))
    .digest('hex')
  // Tuners of the maker begin with 1.
  const id = withChecksum(`1${digits.slice(0, 6)}`)
  const uuid = `${digits.slice(8, 16)}-${digits.slice(16, 20)}-4${digits.slice(21, 24)}-8${digits.slice(25, 28)}-0000${id}`
  return { id, uuid: uuid.toLowerCase() }
}

/** Of the digits at even places; those at odd places count as they are. */
const WEIGHTS = [0xa, 0x5, 0xf, 0x6, 0x7, 0xc, 0x1, 0xb, 0x9, 0x2, 0x8, 0xd, 0x4, 0x3, 0xe, 0x0] as const

/**
 * The last digit makes the checksum 0, as `hdhomerun_discover_validate_device_id` of libhdhomerun
 * demands: programs of the maker ignore any other id.
 */
export function withChecksum(sevenDigits: string): string {
  return (sevenDigits + checksumOf(sevenDigits).toString(16)).toUpperCase()
}

export function checksumOf(digits: string): number {
  return [...digits]
    .map((digit) => Number.parseInt(digit, 16))
    .reduce((sum, digit, place) => sum ^ (place % 2 === 0 ? (WEIGHTS[digit] ?? 0) : digit), 0)
}
