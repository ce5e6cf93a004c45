import { SETTINGS, type SettingName } from './settings.ts'

/** A setting as people may see it. */
export type ShownSetting = {
  readonly name: string
  /** As written in the environment; `null`: unset, or secret. */
  readonly value: string | null
  /** As it would be written; `null`: none. */
  readonly default: string | null
  readonly isSet: boolean
  /** Of a secret only whether it is set is shown, and of an address where it leads. */
  readonly isSecret: boolean
  readonly meaning: string
}

/** All settings, in the order of the documentation, without secrets. */
export function showSettings(environment: Readonly<Record<string, string | undefined>>): readonly ShownSetting[] {
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const definition = SETTINGS[name]
    const { default: fallback, meaning } = definition
    const isSecret = 'secret' in definition
    const show = 'shown' in definition ? definition.shown : isSecret ? () => null : withoutLogin
    const text = environment[name] ?? ''
    const isSet = text !== ''
    const value = isSet ? show(text) : null
    return { name, value, default: fallback ?? null, isSet, isSecret, meaning: withoutReferences(meaning) }
  })
}

/** In the document the text continues below its table; other readers have no below. */
function withoutReferences(meaning: string): string {
  return meaning.replace(/ \(see below\)| See below\./g, '')
}

/** Addresses of players' pages may carry a login, or a token in the query. */
function withoutLogin(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//(hidden)@').replace(/(:\/\/[^\s?]*\?)\S*/g, '$1(hidden)')
}
