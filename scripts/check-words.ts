/** `npm run words`: spelling, and the words that docs/style.md retired, in code and documents. */
import { checkWords } from './run-checks.ts'

process.exitCode = (await checkWords()) ? 0 : 1
