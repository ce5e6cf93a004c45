import { chooseLanguage, LANGUAGES, type Language, language, nameOfLanguage, words } from '../words/words.ts'
import { Icon } from './icon.tsx'
import { THEMES, type Theme, theme } from './theme.ts'

/** Colours and language. */
export function Preferences() {
  const { parts } = words.value
  return (
    <div class="preferences">
      <label>
        <Icon name="colours" />
        <span class="unseen">{parts.theme}</span>
        <select value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as Theme)}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {parts.themes[one]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <Icon name="language" />
        <span class="unseen">{parts.languageChoice}</span>
        <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
          {LANGUAGES.map((one) => (
            <option key={one} value={one} lang={one}>
              {nameOfLanguage(one)}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
