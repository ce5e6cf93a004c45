import { beginLife, type ChildAction, type ChildEvent, type ChildLife, nextLife } from '../src/supervisor/child-life.ts'

export const killAfterMs = 3_000

export type Happening = readonly [atMs: number, event: ChildEvent]

export const beat = (incarnation?: string): ChildEvent => ({
  kind: 'beat',
  incarnation,
  serves: incarnation !== undefined,
})
export const check: ChildEvent = { kind: 'check', sinceLastMs: 100 }
export const drain: ChildEvent = { kind: 'order', order: 'drain', withinMs: 30_000 }
export const end: ChildEvent = { kind: 'order', order: 'end', withinMs: 5_000 }
export const exit = (code: number): ChildEvent => ({ kind: 'exit', code, signal: null })
export const died = (signal: NodeJS.Signals): ChildEvent => ({ kind: 'exit', code: null, signal })

/** A life that begins at 0, and its actions. */
export function live(...happenings: Happening[]): { readonly life: ChildLife; readonly did: string[] } {
  let { life, actions } = beginLife(0, killAfterMs)
  const did = actions.map(nameOf)
  for (const [atMs, event] of happenings) {
    ;({ life, actions } = nextLife(life, event, atMs))
    did.push(...actions.map((action) => `${atMs} ${nameOf(action)}`))
  }
  return { life, did }
}

function nameOf(action: ChildAction): string {
  switch (action.kind) {
    case 'fork':
      return 'fork'
    case 'signal':
      return action.signal
    case 'kill':
      return `kill ${action.because}`
    case 'tombstone':
      return `tombstone ${action.incarnations.join('+')}: ${action.reason}`
  }
}
