import { z } from 'zod'

/** Answer to `POST /refresh`. */
export const refreshAnswer = z.strictObject({ status: z.literal('imports requested') }).readonly()

export type RefreshAnswer = z.infer<typeof refreshAnswer>

/** Answer to `POST /sources/{source}/accept`. */
export const acceptAnswer = z.strictObject({ status: z.literal('accepted') }).readonly()

export type AcceptAnswer = z.infer<typeof acceptAnswer>

/** Answer to `GET /healthz`. */
export const healthAnswer = z.strictObject({ status: z.literal('ok') }).readonly()

export type HealthAnswer = z.infer<typeof healthAnswer>
