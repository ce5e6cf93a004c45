/**
 * Lists are kept, and catalogues are built, in slices: a bucket holds all entries of the channels
 * whose ids begin with the same two digits. Ids are hashes, so buckets are of nearly equal size; a
 * list of a million entries has 4,000 in each.
 */
export const BUCKETS = 256

export function bucketOf(channelId: string): number {
  return Number.parseInt(channelId.slice(0, 2), 16)
}

/** The two digits that the ids of its channels begin with. */
export function bucketName(bucket: number): string {
  return bucket.toString(16).padStart(2, '0')
}
