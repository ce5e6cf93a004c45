import type { ComponentChildren } from 'preact'
import { words } from '../words/words.ts'
import type { RequestError } from './request.ts'

/** Stands where there is nothing to show, and says what helps. */
export function Notice({
  title,
  help,
  children,
}: {
  readonly title: string
  readonly help?: string | undefined
  readonly children?: ComponentChildren
}) {
  return (
    <div class="notice">
      <p class="notice-title">{title}</p>
      {help && <p>{help}</p>}
      {children}
    </div>
  )
}

/** An error of the server, in its own words. */
export function Problem({ error }: { readonly error: RequestError }) {
  const { problems } = words.value
  return <Notice title={problems.title} help={error.message || problems.unreachable} />
}
