import type { Logger } from '@kptv/logging'
import type { Registry } from 'prom-client'

const EVERY_MS = 60_000
/** Metrics of the Node process, not of its work. */
const OF_THE_PROCESS = /^kptv_(?:process|nodejs)_/

/** With `DEBUG=true`: the figures of `/metrics` in the log, once a minute. */
export function startFigureLog(registry: Registry, logger: Logger): Disposable {
  const timer = setInterval(() => {
    void readFigures(registry).then((figures) => logger.debug({ figures }, 'figures of this node'))
  }, EVERY_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** `{ 'kptv_viewers': 3, 'kptv_cache_hits_total{kind="playlist"}': 12 }` */
export async function readFigures(registry: Registry): Promise<Record<string, number>> {
  const metrics = (await registry.getMetricsAsJSON()).filter(({ name }) => !OF_THE_PROCESS.test(name))
  return Object.fromEntries(
    metrics.flatMap(({ name, values }) =>
      values.map(({ labels, value }) => [name + labelText(labels), value] as const),
    ),
  )
}

function labelText(labels: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
