import { computed } from '@preact/signals'
import { language } from '../words.ts'
import { de } from './de.ts'
import { type AdminWords, en } from './en.ts'

const CATALOGUES = { en, de } as const

export const adminWords = computed<AdminWords>(() => CATALOGUES[language.value])
