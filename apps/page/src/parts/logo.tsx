import { useState } from 'preact/hooks'

type LogoProps = {
  readonly id: string
  readonly name: string
  readonly hasLogo: boolean
  /** Operators need no login of a viewer. */
  readonly folder?: 'logo' | 'admin/logo'
}

/** The logo of a channel on a neutral tile, or its first letters. */
export function Logo({ id, name, hasLogo, folder = 'logo' }: LogoProps) {
  const [isBroken, setBroken] = useState(false)
  return (
    <span class="logo" aria-hidden="true">
      {hasLogo && !isBroken ? (
        <img src={`${folder}/${id}`} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      ) : (
        <span>{initialsOf(name)}</span>
      )}
    </span>
  )
}

/** `News One HD` → `NO` */
function initialsOf(name: string): string {
  const letters = name.split(/[^\p{L}\p{N}]+/u).flatMap((word) => [...word].slice(0, 1))
  return letters.slice(0, 2).join('').toUpperCase()
}
