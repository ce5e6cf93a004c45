/**
 * The machine of a node. Further edge processes of one node are called `edge-1#2`, `edge-1#3` …:
 * they share its route to providers, so a failure that one of them meets does not count as a second
 * opinion.
 */
export function machineOf(nodeId: string): string {
  return nodeId.split('#', 1)[0]!
}
