import { randomBytes } from 'node:crypto'
import { hashPassword } from '@kptv/config'

export type CommandResult = {
  readonly output?: string
  readonly errors: readonly string[]
  /** Exit code. */
  readonly code: number
}

type Command = {
  readonly words: string
  readonly meaning: string
  readonly run: (readPassword: () => Promise<string>) => Promise<CommandResult>
}

const MIN_LENGTH = 8
const TOKEN_BYTES = 24

const COMMANDS: readonly Command[] = [
  {
    words: 'user hash',
    meaning: 'reads a password, and prints its hash for USERS_FILE',
    async run(readPassword) {
      const password = await readPassword()
      if (password.length < MIN_LENGTH) return refused(`the password needs at least ${MIN_LENGTH} characters`)
      return { output: await hashPassword(password), errors: [], code: 0 }
    },
  },
  {
    words: 'user token',
    meaning: 'prints a new token for USERS_FILE',
    run: async () => ({ output: randomBytes(TOKEN_BYTES).toString('base64url'), errors: [], code: 0 }),
  },
]

/**
 * Runs the command that the arguments name. No argument is ever repeated in an error: a password
 * may have been given as one.
 *
 * @param readPassword rejects with a sentence for people
 */
export async function runCommand(args: readonly string[], readPassword: () => Promise<string>): Promise<CommandResult> {
  const command = COMMANDS.find(({ words }) => words === args.join(' '))
  if (command === undefined) {
    const lines = COMMANDS.map(({ words, meaning }) => `  kptv ${words.padEnd(12)} ${meaning}`)
    return { errors: ['usage:', ...lines, 'A password is read from the prompt or from standard input.'], code: 2 }
  }
  return command.run(readPassword).catch((error: Error) => refused(error.message))
}

function refused(why: string): CommandResult {
  return { errors: [`refused: ${why}`], code: 1 }
}
