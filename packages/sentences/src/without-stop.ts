/** A message of another part may be a sentence of its own; ours ends with one full stop. */
export function withoutStop(message: string): string {
  return message.replace(/\.+$/, '')
}
