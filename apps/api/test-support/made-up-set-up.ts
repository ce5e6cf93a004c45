import { showSettings } from '@kptv/config'
import type { AdminRoutesOptions } from '../src/ports/admin-routes.ts'
import { createNodeSettings } from '../src/status/node-settings.ts'
import { createShowUsers } from '../src/users/show-users.ts'
import { userNamed } from './users.ts'

/** What operators read of users and settings, where everything that is secret is a canary. */
export const MADE_UP_SET_UP: Pick<AdminRoutesOptions, 'showUsers' | 'nodeSettings'> = {
  showUsers: createShowUsers({
    users: {
      current: () => [
        userNamed('anna', { tokens: [{ label: 'tablet', token: 'CANARY-token', endAtMs: undefined }] }),
        userNamed('ben', { passwordHash: 'CANARY-hash' }),
      ],
      problems: () => [],
    },
    count: async () => 1,
    nowMs: () => 0,
  }),
  nodeSettings: createNodeSettings({
    settings: {
      nodeId: 'edge-1',
      shown: showSettings({
        ADMIN_PASSWORD: 'CANARY',
        SOURCES: 'http://CANARY.example/?password=CANARY|1',
        PORT: '80',
      }),
    },
    version: '1.2.3',
    incarnation: () => 'abc',
    startedAtMs: 5,
    ffmpeg: undefined,
    redisVersion: async () => undefined,
  }),
}
