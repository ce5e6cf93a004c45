import type { Settings } from '@kptv/config'

/** The place of a process among the edge processes of a machine, such as the second of four. */
export type ProcessPlace = { readonly number: number; readonly count: number }

/** As one argument of the edge process, readable in a list of processes: `2/4`. */
export function formatPlace({ number, count }: ProcessPlace): string {
  return `${number}/${count}`
}

/** @param text as {@link formatPlace} wrote it; unset: the only one. */
export function parsePlace(text = '1/1'): ProcessPlace {
  const [number = 0, count = 0] = text.split('/').map(Number)
  if (!(Number.isInteger(number) && Number.isInteger(count) && number >= 1 && number <= count)) {
    throw new RangeError(`${text} is not the place of an edge process, such as 2/4`)
  }
  return { number, count }
}

/** The settings of one process: each is a node with its own name, admin port and internal port. */
export function settingsOfProcess(settings: Settings, { number }: ProcessPlace): Settings {
  if (number === 1) return settings
  const { nodeId, adminPort, internalPort } = settings
  const [ownNodeId, further] = [`${nodeId}#${number}`, number - 1]
  const ownInternalPort = internalPort === 0 ? 0 : internalPort + further
  return { ...settings, nodeId: ownNodeId, adminPort: adminPort + further, internalPort: ownInternalPort }
}

/**
 * How many edge processes to run. Several can share a port directly only where the kernel spreads
 * connections over all listeners (SO_REUSEPORT on Linux).
 */
export function countProcesses(
  wanted: number | 'auto',
  machine: { readonly platform: string; readonly processors: number },
): { readonly count: number; readonly warning?: string } {
  const count = wanted === 'auto' ? machine.processors : wanted
  if (count === 1 || machine.platform === 'linux') return { count }
  return { count: 1, warning: 'EDGE_PROCESSES needs Linux; there is one edge process' }
}
