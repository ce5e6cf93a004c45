/** One wrong setting. `value` is as given, or hidden where it may hold a secret. */
export type SettingProblem = { readonly variable: string; readonly value: string; readonly allowed: string }

/**
 * The environment is not valid. The message lists all wrong settings, one line each, and shows no
 * secret.
 */
export class SettingsError extends Error {
  readonly code = 'BAD_SETTINGS'
  readonly problems: readonly SettingProblem[]

  constructor(problems: readonly SettingProblem[]) {
    const count = problems.length === 1 ? 'One setting is wrong:' : `${problems.length} settings are wrong:`
    super([count, ...problems.map(toLine)].join('\n'))
    this.name = 'SettingsError'
    this.problems = problems
  }
}

function toLine({ variable, value, allowed }: SettingProblem): string {
  return `  ${variable}${value === '' ? '' : `=${value}`}: ${allowed}`
}
