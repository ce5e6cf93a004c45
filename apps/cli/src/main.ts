#!/usr/bin/env node
import { loadAdminPort } from '@kptv/config'
import { runCommand } from './commands.ts'
import { readPassword } from './read-password.ts'

const { errors, code } = await runCommand(process.argv.slice(2), {
  readPassword: () => readPassword(process.stdin, process.stderr),
  adminPort: () => loadAdminPort(process.env),
  print: (line) => process.stdout.write(`${line}\n`),
})
for (const line of errors) process.stderr.write(`${line}\n`)
process.exitCode = code
// Started by npm, this process has a channel that would keep it.
process.disconnect?.()
