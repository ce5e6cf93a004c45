import type { Settings } from '../load-settings.ts'
import type { FileContent } from '../read-file.ts'
import { watchFile } from '../watch-file.ts'
import { linkTokenOf } from './link-token.ts'
import { parseUsersFile } from './parse-users-file.ts'
import type { User } from './user.ts'

/** The current users of `USERS_FILE`. */
export type UserBook = Disposable & {
  /**
   * `undefined` without `USERS_FILE`: everything is open. The same array until something changes.
   */
  readonly current: () => readonly User[] | undefined
  /**
   * Tokens and hashes that no log may show, including removed ones.The same array until there is
   * more.
   */
  readonly secrets: () => readonly string[]
  /** Why the current file is not used, one sentence each; the users read before stay. */
  readonly problems: () => readonly string[]
  /** Called after each change of users or problems. */
  readonly onChange: (listener: () => void) => void
}

/** A link that was revoked in the file must be dead within two seconds. */
const CHECK_EVERY_MS = 400

export function createUserBook(
  settings: Pick<Settings, 'usersFile' | 'users'>,
  { everyMs = CHECK_EVERY_MS } = {},
): UserBook {
  const { usersFile: path } = settings
  const listeners: Array<() => void> = []
  let users = settings.users
  let secrets = secretsOfUsers(users ?? [])
  let problems: readonly string[] = []

  function take(content: FileContent): void {
    const parsed = parseUsersFile(content)
    if (parsed.problems.length > 0) problems = parsed.problems.map(({ line, message }) => `line ${line}: ${message}`)
    else if (!adopt(parsed.users)) return
    for (const listener of listeners) listener()
  }

  /** @returns whether anything is new. */
  function adopt(found: readonly User[]): boolean {
    const hadProblems = problems.length > 0
    problems = []
    if (JSON.stringify(found) === JSON.stringify(users)) return hadProblems
    users = found
    secrets = [...new Set([...secrets, ...secretsOfUsers(found)])]
    return true
  }

  const watch = path === undefined ? undefined : watchFile(path, take, { everyMs })
  return {
    current: () => users,
    secrets: () => secrets,
    problems: () => problems,
    onChange: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => watch?.[Symbol.dispose](),
  }
}

function secretsOfUsers(users: readonly User[]): readonly string[] {
  return users.flatMap((user) =>
    [user.passwordHash, linkTokenOf(user), ...user.tokens.map(({ token }) => token)].filter(
      (text) => text !== undefined,
    ),
  )
}

type Logger = Record<'info' | 'error', (fields: object, message: string) => void>

/** Writes to the log what has changed. */
export function reportUsers({ current, problems }: UserBook, logger: Logger): void {
  for (const problem of problems())
    logger.error({ setting: 'USERS_FILE', problem }, 'users file not used, users unchanged')
  if (problems().length === 0) logger.info({ users: current()?.length ?? 0 }, 'users file reloaded')
}
