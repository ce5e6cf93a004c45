/** `npm run words`: spelling, and the words that docs/style.md retired, in code and documents. */
import { checkWords } from './run-checks.ts'

process.exitCode = (await checkWords((line) => console.log(`kptv: ${line}`))) ? 0 : 1
