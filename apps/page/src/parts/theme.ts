import { effect, signal } from '@preact/signals'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'kptv-theme'

export const theme = signal<Theme>(THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto')

effect(() => {
  localStorage.setItem(KEY, theme.value)
  document.documentElement.dataset.theme = theme.value
})
