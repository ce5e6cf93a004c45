/**
 * Redis answers but takes no writes: the disk of its append-only file is full (MISCONF), it has
 * become a replica (READONLY), or it has too few replicas (NOREPLICAS).
 */
export function refusesWrites(error: unknown): boolean {
  return /^(MISCONF|READONLY|NOREPLICAS|OOM)\b/.test(
    String((error as { readonly message?: unknown })?.message ?? error),
  )
}
