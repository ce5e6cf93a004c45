import { computed, signal } from '@preact/signals'
import { de } from './de.ts'
import { en, type Words } from './en.ts'

const CATALOGUES = { en, de } as const
const KEY = 'kptv-language'

export type Language = keyof typeof CATALOGUES
export const LANGUAGES = Object.keys(CATALOGUES) as readonly Language[]

export const language = signal<Language>(preferredLanguage())
export const words = computed<Words>(() => CATALOGUES[language.value])

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEY, chosen)
  language.value = chosen
  document.documentElement.lang = chosen
}

export function nameOfLanguage(of: Language): string {
  return CATALOGUES[of].language
}

/** A choice made here before, else the first language of the browser that we have. */
function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(KEY) ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2))
  const found = wanted.find((tag): tag is Language => Object.hasOwn(CATALOGUES, tag)) ?? 'en'
  document.documentElement.lang = found
  return found
}
