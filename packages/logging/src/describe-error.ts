import { types } from 'node:util'

const MAX_CAUSES = 5

/**
 * The useful parts of an error: type, message, code, status, stack, causes. Other properties are
 * left out, because errors of libraries carry whole requests.
 */
export function describeError(error: unknown): unknown {
  return describe(error, MAX_CAUSES)
}

function describe(error: unknown, causesLeft: number): unknown {
  if (!types.isNativeError(error)) return error
  const { code, status } = error as { readonly code?: unknown; readonly status?: unknown }
  const errors = 'errors' in error && Array.isArray(error.errors) ? error.errors.slice(0, MAX_CAUSES) : []
  return {
    type: error.name,
    message: error.message,
    ...(isPlain(code) ? { code } : {}),
    ...(isPlain(status) ? { status } : {}),
    stack: error.stack,
    ...(error.cause === undefined || causesLeft === 0 ? {} : { cause: describe(error.cause, causesLeft - 1) }),
    ...(errors.length === 0 || causesLeft === 0 ? {} : { errors: errors.map((one) => describe(one, causesLeft - 1)) }),
  }
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
