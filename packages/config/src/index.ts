export { compileFilters } from './compile-filters.ts'
export { describeEnvironment, describeSettings, sourcesFileSchema, usersFileSchema } from './describe-settings.ts'
export { compileEventPatterns, type EventPattern } from './event-patterns.ts'
export type { FileGuides } from './file-guides.ts'
export { loadAdminPort, loadSettings, type Settings, settingNames } from './load-settings.ts'
export { loadSettingsOrExit } from './load-settings-or-exit.ts'
export {
  parseSources,
  type Source,
  type SourceLogin,
  UNLIMITED,
} from './parse-sources.ts'
export { parseSourcesFile } from './parse-sources-file.ts'
export { SettingsError } from './settings-error.ts'
export { secretsOf } from './settings-secrets.ts'
export { showSettings } from './show-settings.ts'
export { createSourceBook, reportSources, type SourceBook } from './source-book.ts'
export { loginsOf } from './source-logins.ts'
export { openStream, sealMark } from './stream-seal.ts'
export { linkTokenOf } from './users/link-token.ts'
export { hashPassword, verifyPassword } from './users/password-hash.ts'
export { RESERVED_NAMES } from './users/reserved-names.ts'
export { needsNoLogin, type Sees, type User, type UserToken } from './users/user.ts'
export { createUserBook, reportUsers, type UserBook } from './users/user-book.ts'
export type { Webhook } from './webhooks/parse-webhooks.ts'
export type { QuietHours } from './webhooks/quiet-hours.ts'
export type { WebhookEvents } from './webhooks/webhook-events.ts'
