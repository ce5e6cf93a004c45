/**
 * Redis answers, but takes no writes: the disk of its append-only file is full (MISCONF), it has become a replica
 * (READONLY), or too few replicas are there (NOREPLICAS).
 */
export function refusesWrites(error: unknown): boolean {
  return /^(MISCONF|READONLY|NOREPLICAS|OOM)\b/.test(String((error as { message?: unknown })?.message ?? error))
}
