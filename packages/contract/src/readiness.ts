import { z } from 'zod'

/** Reasons of `not ready` concern this node alone; those of `degraded` affect all nodes equally. */
const reason = z.enum(['starting', 'draining', 'cut-off', 'redis-away', 'catalog-missing', 'warming-up'])

/** Answer to `GET /readyz`: 200, or 503 when `not ready`. */
export const readinessAnswer = z
  .strictObject({
    status: z.enum(['ready', 'degraded', 'not ready']),
    reasons: z.array(reason).readonly(),
    redis: z.boolean().describe('Redis answers.'),
    redisRefuses: z.boolean().describe('Redis refused our last connection, so it is down for everyone.'),
    redisSilentMs: z.int().min(0).describe('Time since Redis last answered this node.'),
    catalog: z.boolean().describe('A catalogue has been imported.'),
    warm: z.boolean().describe('Slots can be taken: a new Redis gives none for some seconds.'),
    draining: z.boolean().describe('The node is about to stop.'),
  })
  .readonly()

export type ReadinessAnswer = z.infer<typeof readinessAnswer>
