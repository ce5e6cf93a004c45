import { z } from 'zod'

/** Answer to `GET /readyz`, with status 200 or 503. */
export const readinessAnswer = z
  .strictObject({
    status: z.enum(['ready', 'not ready']),
    redis: z.boolean().describe('Redis answers.'),
    redisRefuses: z.boolean().describe('Redis refused our last connection, so it is down for everyone.'),
    catalog: z.boolean().describe('A catalogue has been imported.'),
    warm: z.boolean().describe('Slots can be taken: a new Redis gives none for some seconds.'),
    draining: z.boolean().describe('The node is about to stop.'),
  })
  .readonly()

export type ReadinessAnswer = z.infer<typeof readinessAnswer>
