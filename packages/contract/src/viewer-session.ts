import { z } from 'zod'

/** Body of `POST /api/login`. */
export const viewerLogin = z
  .strictObject({
    name: z.string().max(64).describe('Of a user; empty: the password is a token.'),
    password: z.string().min(1).max(256).describe('Of the user, or one of its tokens.'),
  })
  .readonly()

/** Answer to `GET /api/session`, `POST /api/login` and `POST /api/logout`. */
export const viewerSession = z
  .strictObject({
    login: z
      .enum(['unneeded', 'required', 'done'])
      .describe('`unneeded`: everything is open, or the request brings a login of another kind.'),
    name: z.string().nullable().describe('Of the user; null: none is known.'),
  })
  .readonly()

export type ViewerSessionAnswer = z.infer<typeof viewerSession>
