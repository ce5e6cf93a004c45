import { z } from 'zod'

/** Body of `POST /admin/login`. */
export const adminLogin = z
  .strictObject({
    name: z
      .string()
      .max(64)
      .optional()
      .describe('Of a user whose role is `admin`; without it, ADMIN_PASSWORD is meant.'),
    password: z.string().min(1).max(256),
  })
  .readonly()

/** Answer to `GET /admin/session`, `POST /admin/login` and `POST /admin/logout`. */
export const adminSession = z
  .strictObject({
    login: z
      .enum(['unneeded', 'required', 'done'])
      .describe('`unneeded`: on the admin port. `done`: the request brings a login that is valid.'),
  })
  .readonly()

export type AdminSession = z.infer<typeof adminSession>
