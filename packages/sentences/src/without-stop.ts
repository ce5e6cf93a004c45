/** A message of another part may be a whole sentence; ours ends with one full stop. */
export function withoutStop(message: string): string {
  return message.replace(/\.+$/, '')
}
