#!/usr/bin/env node
import { runCommand } from './commands.ts'
import { readPassword } from './read-password.ts'

const { output, errors, code } = await runCommand(process.argv.slice(2), () =>
  readPassword(process.stdin, process.stderr),
)
if (output !== undefined) process.stdout.write(`${output}\n`)
for (const line of errors) process.stderr.write(`${line}\n`)
process.exitCode = code
// Started by npm, this process has a channel that would keep it.
process.disconnect?.()
