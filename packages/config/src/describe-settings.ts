import { z } from 'zod'
import { settingNames } from './load-settings.ts'
import { SETTINGS, type SettingName } from './settings.ts'
import { fileShape } from './source-shape.ts'
import { usersFileShape } from './users/user-shape.ts'

/** The table of `docs/settings.md`. */
export function describeSettings(): string {
  const rows = settingNames().map((name) => {
    const { default: fallback, meaning, example } = SETTINGS[name]
    const shown = fallback === undefined ? 'unset' : `\`${fallback}\``
    return `| \`${name}\` | ${shown} | ${escapeBars(meaning)} | \`${escapeBars(example)}\` |`
  })
  return ['| Name | Default | Meaning | Example |', '|---|---|---|---|', ...rows].join('\n')
}

/** Settings that the containers pass on unchanged: `docker-compose.yaml` gives them no value. */
export function describeEnvironment(withValues: readonly string[]): string {
  return settingNames()
    .filter((name: SettingName) => !withValues.includes(name))
    .map((name) => `  ${name}:`)
    .join('\n')
}

/** JSON Schema of the sources file, for editors. */
export function sourcesFileSchema(): string {
  return jsonSchema(fileShape, 'Sources of KPTV (SOURCES_FILE)')
}

/** JSON Schema of the users file, for editors. */
export function usersFileSchema(): string {
  return jsonSchema(usersFileShape, 'Users of KPTV (USERS_FILE)')
}

function jsonSchema(shape: z.ZodType, title: string): string {
  return JSON.stringify({ ...z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }), title }, undefined, 2)
}

function escapeBars(text: string): string {
  return text.replaceAll('|', '\\|')
}
