import type { ComponentChildren } from 'preact'
import { words } from '../words/words.ts'
import type { RequestError } from './request.ts'

type NoticeProps = {
  readonly title: string
  readonly help?: string | undefined
  /** Nothing else is on the screen, so its title is the heading. */
  readonly isWhole?: boolean
  readonly children?: ComponentChildren
}

/** Stands where there is nothing to show, and says what helps. */
export function Notice({ title, help, isWhole = false, children }: NoticeProps) {
  return (
    <div class="notice">
      {isWhole ? <h1 class="notice-title">{title}</h1> : <p class="notice-title">{title}</p>}
      {help && <p>{help}</p>}
      {children}
    </div>
  )
}

type ProblemProps = Pick<NoticeProps, 'isWhole'> & { readonly error: RequestError }

/** An error of the server, in words. */
export function Problem({ error, isWhole = false }: ProblemProps) {
  const { problems } = words.value
  return (
    <Notice
      title={problems.title}
      help={problems.codes[error.code ?? ''] ?? (error.message || problems.unreachable)}
      isWhole={isWhole}
    />
  )
}
