import { randomBytes } from 'node:crypto'
import { hashPassword } from '@kptv/config'
import { readGuideMatches } from './guide-matches.ts'

type CommandResult = {
  readonly errors: readonly string[]
  /** Exit code. */
  readonly code: number
}

/** What commands need of the world. */
type Surroundings = {
  /** Rejects with a sentence for people. */
  readonly readPassword: () => Promise<string>
  /** Of an edge on this machine. */
  readonly adminPort: () => number
  /** One line on standard output. */
  readonly print: (line: string) => void
}

type Command = {
  readonly words: string
  readonly meaning: string
  /** Rejects with a sentence for people. */
  readonly run: (surroundings: Surroundings) => Promise<void>
}

const MIN_LENGTH = 8
const TOKEN_BYTES = 24

const COMMANDS: readonly Command[] = [
  {
    words: 'user hash',
    meaning: 'reads a password, and prints its hash for USERS_FILE',
    async run({ readPassword, print }) {
      const password = await readPassword()
      if (password.length < MIN_LENGTH) throw new Error(`the password needs at least ${MIN_LENGTH} characters`)
      print(await hashPassword(password))
    },
  },
  {
    words: 'user token',
    meaning: 'prints a new token for USERS_FILE',
    run: async ({ print }) => print(randomBytes(TOKEN_BYTES).toString('base64url')),
  },
  {
    words: 'guide matches',
    meaning: 'prints every channel with the guides that know it, and how it was matched',
    run: (surroundings) => printMatches(surroundings, false),
  },
  {
    words: 'guide missing',
    meaning: 'prints the channels that no guide knows',
    run: (surroundings) => printMatches(surroundings, true),
  },
]

async function printMatches({ adminPort, print }: Surroundings, isMissing: boolean): Promise<void> {
  const admin = new URL(`http://127.0.0.1:${adminPort()}`)
  for await (const line of readGuideMatches(admin, isMissing)) print(line)
}

/**
 * Runs the command that the arguments name. No argument is ever repeated in an error: a password
 * may have been given as one.
 */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<CommandResult> {
  const command = COMMANDS.find(({ words }) => words === args.join(' '))
  if (command === undefined) {
    const lines = COMMANDS.map(({ words, meaning }) => `  kptv ${words.padEnd(14)} ${meaning}`)
    return { errors: ['usage:', ...lines, 'A password is read from the prompt or from standard input.'], code: 2 }
  }
  try {
    await command.run(surroundings)
    return { errors: [], code: 0 }
  } catch (error) {
    return { errors: [`refused: ${(error as Error).message}`], code: 1 }
  }
}
