/**
 * `npm run coverage [-- <arguments for jest>]`: which lines the tests run that need no whole
 * product. Figures, no gate.
 */
import { runToEnd, WITHOUT_WARNINGS } from './run-to-end.ts'

const sources = ['{apps,packages}/*/src/**/*.ts', '!**/*.test.ts', '!packages/testkit/**']
process.exitCode = await runToEnd(process.execPath, [
  ...['--experimental-vm-modules', WITHOUT_WARNINGS, 'node_modules/jest/bin/jest.js', '--forceExit'],
  ...['--selectProjects', 'unit', 'io', 'redis', '--coverage', '--coverageProvider=v8'],
  ...['--coverageReporters=text', '--coverageReporters=text-summary', '--coverageDirectory=.kptv/coverage'],
  ...sources.map((pattern) => `--collectCoverageFrom=${pattern}`),
  ...process.argv.slice(2),
])
