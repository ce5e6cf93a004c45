import { filePath } from '../value-schemas.ts'
import { setting } from './setting.ts'

/** Who may watch. */
export const USER_SETTINGS = {
  USERS_FILE: setting({
    schema: filePath(),
    default: undefined,
    example: '/etc/kptv/users.yaml',
    meaning:
      'YAML file with the users who may watch, their limits and their rights (see below); read again when it changes. Unset: everything is open to everyone.',
  }),
} as const
