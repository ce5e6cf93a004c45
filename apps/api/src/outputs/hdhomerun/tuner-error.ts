import type { ErrorCode } from '@kptv/contract'

/** Errors as tuners report them: clients read status and field, and no body. */
type TunerError = { readonly status?: number; readonly fields: Readonly<Record<string, string>> }

const NO_TUNER: readonly ErrorCode[] = ['sources-full', 'user-limit', 'node-full']
const NO_VIDEO: readonly ErrorCode[] = [
  'no-playable-stream',
  'streams-failing',
  'streams-blocked',
  'streams-quarantined',
  'sources-resting',
]

/** A client that gets 503 tries another tuner; with any other status it gives up. */
export function tunerError(code: ErrorCode): TunerError {
  if (NO_TUNER.includes(code)) return { status: 503, fields: { [FIELD]: '805 All Tuners In Use' } }
  if (NO_VIDEO.includes(code)) return { status: 503, fields: { [FIELD]: '807 No Video Data' } }
  if (code === 'unknown-channel') return { fields: { [FIELD]: '801 Unknown Channel' } }
  return { fields: { [FIELD]: '803 System Busy' } }
}

const FIELD = 'X-HDHomeRun-Error'
