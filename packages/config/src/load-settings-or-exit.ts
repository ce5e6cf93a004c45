import { type Environment, loadSettings, type Settings } from './load-settings.ts'
import { SettingsError } from './settings-error.ts'

/**
 * The settings of this process. If any is wrong, it names them all on standard error and exits with
 * code 1.
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
