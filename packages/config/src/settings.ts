import { NODE_SETTINGS } from './settings/node-settings.ts'
import { PLAYBACK_SETTINGS } from './settings/playback-settings.ts'
import { PROVIDER_SETTINGS } from './settings/provider-settings.ts'
import { SOURCES_SETTINGS } from './settings/sources-settings.ts'
import { USER_SETTINGS } from './settings/user-settings.ts'
import { WEBHOOK_SETTINGS } from './settings/webhook-settings.ts'

/**
 * Every setting, by the name of its environment variable. The order is that of the documentation.
 */
export const SETTINGS = {
  ...SOURCES_SETTINGS,
  ...USER_SETTINGS,
  ...PROVIDER_SETTINGS,
  ...PLAYBACK_SETTINGS,
  ...NODE_SETTINGS,
  ...WEBHOOK_SETTINGS,
} as const

export type SettingName = keyof typeof SETTINGS
