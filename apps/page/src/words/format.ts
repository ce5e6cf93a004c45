import { computed } from '@preact/signals'
import { createFormats } from './formats.ts'
import { language } from './words.ts'

/** The formats of the chosen language, in the way of the person's country. */
export const format = computed(() => {
  const ofCountry = navigator.languages.find((tag) => tag.startsWith(`${language.value}-`))
  return createFormats(ofCountry ?? language.value)
})
