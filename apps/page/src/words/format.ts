import { computed } from '@preact/signals'
import { createFormats } from './formats.ts'
import { language } from './words.ts'

/** The formats of the chosen language. */
export const format = computed(() => createFormats(language.value))
