import { key } from './key.ts'

/** Users of `USERS_FILE`: their logins, and what they watch. */
export const USER_KEYS = {
  failedLogins: key('failed-logins:<by>:<who>', {
    type: 'string',
    holds:
      'wrong logins of the last minute: by name (`<name>@<address>`, with `(unknown)` for names that nobody has) and by address; 5 and 30 are too many',
    lifetime: '1 min after the first of them',
    writer: 'edge',
    readers: 'edge',
  }),
}
