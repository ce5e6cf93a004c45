import type { FileContent } from '../read-file.ts'
import { type FileProblem, type ReadYaml, readYaml } from '../read-yaml.ts'
import { RESERVED_NAMES } from './reserved-names.ts'
import { needsNoLogin, type User } from './user.ts'
import { usersFileShape, type WrittenUser } from './user-shape.ts'

type ParsedUsersFile = { readonly users: readonly User[]; readonly problems: readonly FileProblem[] }

/**
 * Reads the YAML text of `USERS_FILE`, or reports all its problems at once; then no user of it may
 * be used. No problem shows a value.
 */
export function parseUsersFile(file: FileContent): ParsedUsersFile {
  const read = readYaml(file, usersFileShape, () => [])
  if ('problems' in read) return { users: [], problems: read.problems }
  const users = read.data.users.map(toUser)
  const problems = findContradictions(users, read.lineOf)
  return problems.length > 0 ? { users: [], problems } : { users, problems }
}

function toUser({ password, tokens = [], sees, networks = [], end, links, ...rest }: WrittenUser): User {
  const { sources, include = [], exclude = [] } = sees ?? {}
  return {
    ...rest,
    passwordHash: password,
    tokens: tokens.map(({ label, token, end: endAtMs }) => ({ label, token, endAtMs })),
    sees: sees && { include, exclude, ...(sources === undefined ? {} : { sources }) },
    networks,
    endAtMs: end,
    linkNumber: links,
  }
}

/** Users that are valid on their own but not together. */
function findContradictions(
  users: readonly User[],
  lineOf: Extract<ReadYaml<unknown>, { readonly data: unknown }>['lineOf'],
): FileProblem[] {
  const names = new Set<string>()
  const tokens = new Set<string>()
  return users.flatMap((user, index) => {
    const problems: FileProblem[] = []
    const report = (path: ReadonlyArray<string | number>, message: string): void => {
      problems.push({ line: lineOf(['users', index, ...path]), message: `${path.join('.')}: ${message}` })
    }
    if (RESERVED_NAMES.has(user.name.toLowerCase()))
      report(['name'], 'cannot be the name of a user: addresses of the product start with it')
    // Apps differ in the case that they send.
    const name = user.name.toLowerCase()
    if (names.has(name)) report(['name'], 'is the name of another user already')
    names.add(name)
    if (user.role === 'admin' && user.passwordHash === undefined)
      report(['role'], 'needs a password: tokens and networks do not open the page of operators')
    if (needsNoLogin(user) && user.networks.length === 0)
      report(['name'], 'needs a password, tokens, or networks from which no login is required')
    for (const [place, { token }] of user.tokens.entries()) {
      if (tokens.has(token)) report(['tokens', place, 'token'], 'is given twice')
      tokens.add(token)
    }
    return problems
  })
}
