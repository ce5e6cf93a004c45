import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import type { RequestError } from './request.ts'

type LoginFormProps = {
  readonly title: string
  readonly help?: string
  /** The form asks for a name too; it may be left empty where that is `optional`. */
  readonly hasName?: boolean | 'optional'
  /** Rejects with a RequestError. */
  readonly onSubmit: (login: { readonly name: string; readonly password: string }) => Promise<void>
}

/** Asks for a password. */
export function LoginForm({ title, help, hasName = false, onSubmit }: LoginFormProps) {
  const { login } = words.value
  const [problem, setProblem] = useState('')
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form)
    const textOf = (field: string): string => String(fields.get(field) ?? '')
    setProblem('')
    await onSubmit({ name: textOf('name'), password: textOf('password') }).catch((error: RequestError) =>
      setProblem(login.problems[error.code ?? ''] ?? (error.message || words.value.problems.unreachable)),
    )
  }
  return (
    <form
      class="login card"
      onSubmit={(event) => {
        event.preventDefault()
        void submit(event.currentTarget)
      }}
    >
      <h1>{title}</h1>
      {help && <p class="muted">{help}</p>}
      {hasName && (
        <label>
          {login.name}
          <input name="name" autocomplete="username" required={hasName !== 'optional'} />
        </label>
      )}
      <label>
        {login.password}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <p class="bad" role="alert">
        {problem}
      </p>
      <button type="submit" class="button button-primary">
        {login.submit}
      </button>
    </form>
  )
}
