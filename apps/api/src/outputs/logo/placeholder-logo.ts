import { hash } from 'node:crypto'

/** The logo of a channel without one: its initials on a colour that depends on the name. */
export function placeholderLogo(name: string): Buffer {
  const hue = Number.parseInt(hash('sha256', name).slice(0, 4), 16) % 360
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" rx="12" fill="hsl(${hue} 45% 35%)"/><text x="48" y="48" fill="#fff" font-family="sans-serif" font-size="40" text-anchor="middle" dominant-baseline="central">${initialsOf(name)}</text></svg>`,
  )
}

/** First letter or digit of the first two words that have any. */
export function initialsOf(name: string): string {
  const initials = name.split(/[\s_\-|/.:]+/u).flatMap((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? [])
  return initials.slice(0, 2).join('').toUpperCase() || '?'
}
