/**
 * Lists are kept, and catalogues are built, in slices: a bucket holds all entries of the channels
 * whose ids begin with the same two digits. Ids are hashes, so buckets are of nearly equal size;
 * each holds about 4,000 entries of a list of a million.
 */
export const BUCKETS = 256

export function bucketOf(channelId: string): number {
  return Number.parseInt(channelId.slice(0, 2), 16)
}

/** The two digits that the ids of its channels begin with. */
export function bucketName(bucket: number): string {
  return bucket.toString(16).padStart(2, '0')
}
