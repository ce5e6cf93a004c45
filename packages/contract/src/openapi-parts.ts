import { z } from 'zod'
import { ERROR_ANSWERS, type ErrorCode, errorBody } from './errors.ts'
import { readinessAnswer } from './readiness.ts'
import { statusAnswer } from './status.ts'

/** Schemas that several answers share. */
export const SCHEMAS = { Status: statusAnswer, Readiness: readinessAnswer, Error: errorBody }

export function operation(
  tag: 'public' | 'admin',
  summary: string,
  answers: Readonly<Record<number, object>>,
  errors: readonly ErrorCode[] = [],
): object {
  const codes = tag === 'admin' ? ([...errors, 'cross-origin', 'host-not-allowed'] as const) : errors
  return { tags: [tag], summary, responses: { ...answers, ...errorResponses(codes) } }
}

/** Errors with the same status are one response. */
function errorResponses(codes: readonly ErrorCode[]): Record<number, object> {
  const byStatus = Map.groupBy(codes, (code) => ERROR_ANSWERS[code].status)
  const responses = [...byStatus].map(([status, same]) => {
    const description = same.map((code) => `${code}: ${ERROR_ANSWERS[code].message}`).join(' ')
    return [status, { ...reference('Error'), description }] as const
  })
  return Object.fromEntries(responses)
}

export function query(name: string, description: string): object {
  return { name, in: 'query', description, schema: { type: 'string', maxLength: 200 } }
}

export function reference(name: keyof typeof SCHEMAS): object {
  return { description: name, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } }
}

export function json(schema: z.ZodType): object {
  return { description: 'OK', content: { 'application/json': { schema: jsonSchema(schema) } } }
}

export function content(type: string): object {
  return { description: 'OK', content: { [type]: {} } }
}

export function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema)
  return rest
}

export const channel = {
  name: 'channel',
  in: 'path',
  required: true,
  description: 'Id of a channel, or its name; `.ts` may follow.',
  schema: { type: 'string' },
}
