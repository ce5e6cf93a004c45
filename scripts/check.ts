/** `npm run check`: layout, types and style, without the tests. */
import { runChecks } from './run-checks.ts'

const results = await runChecks((line) => console.log(`kptv: ${line}`))
process.exitCode = results.every((ok) => ok) ? 0 : 1
