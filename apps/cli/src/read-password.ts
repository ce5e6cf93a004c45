import { createInterface } from 'node:readline/promises'
import { type Readable, Writable } from 'node:stream'

const MAX_LENGTH = 256

/**
 * A password from a prompt that shows nothing, asked for twice; or the first line of the input
 * where that is a file or a pipe.
 *
 * @throws with a sentence for people
 */
export async function readPassword(input: Readable & { readonly isTTY?: boolean }, screen: Writable): Promise<string> {
  const password = input.isTTY ? await prompt(input, screen) : await firstLine(input)
  if (password.length > MAX_LENGTH) throw new Error(`the password is longer than ${MAX_LENGTH} characters`)
  return password
}

async function prompt(input: Readable, screen: Writable): Promise<string> {
  // What is typed would be echoed here.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: true })
  const ask = async (question: string): Promise<string> => {
    screen.write(question)
    const answer = await lines.question('')
    screen.write('\n')
    return answer
  }
  try {
    const password = await ask('Password: ')
    if ((await ask('The same again: ')) !== password) throw new Error('the two passwords differ')
    return password
  } finally {
    lines.close()
  }
}

async function firstLine(input: Readable): Promise<string> {
  let text = ''
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk
    if (text.includes('\n') || text.length > MAX_LENGTH) break
  }
  return text.split(/\r?\n/)[0] ?? ''
}
