import { type Environment, loadSettings, type Settings } from './load-settings.ts'
import { SettingsError } from './settings-error.ts'

/**
 * The settings of this process. Bad ones are named on standard error, and end it with exit code 1.
 */
export function loadSettingsOrExit(environment: Environment = process.env): Settings {
  try {
    return loadSettings(environment)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
