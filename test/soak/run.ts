/**
 * `npm run soak [-- --minutes 30] [--viewers 60] [--channels 20] [--limit 12] [--seed 1]`: viewers
 * zap for that long while nodes are killed and frozen, Redis restarts, sources change and a node
 * loses its providers. The exit code is 1 when a promise broke.
 */
import { parseArgs } from 'node:util'
import { machineFacts } from '@kptv/testkit'
import { playSoak } from './play-soak.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    viewers: { type: 'string', default: '60' },
    channels: { type: 'string', default: '20' },
    limit: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
})
// Its parent is gone; the guardian ends what this process has started.
process.on('disconnect', () => process.exit(1))
for (const [fact, value] of machineFacts()) console.log(`${fact.padEnd(9)} ${value}`)
console.log(`seed      ${values.seed}`)
const { violations, ...figures } = await playSoak({
  seed: numberOf('seed'),
  durationMs: numberOf('minutes') * 60_000,
  viewers: numberOf('viewers'),
  channels: numberOf('channels'),
  limit: numberOf('limit'),
  say: (line) => console.log(line),
})
console.log(JSON.stringify(figures, undefined, 2))
for (const violation of violations) console.log(`! ${violation}`)
console.log(violations.length === 0 ? 'held' : `NOT HELD: ${violations.length} violations`)
process.exit(violations.length === 0 ? 0 : 1)

function numberOf(option: keyof typeof values): number {
  const number = Number(values[option])
  if (Number.isFinite(number) && number > 0) return number
  console.error(`kptv: --${option} must be a number above 0`)
  process.exit(1)
}
