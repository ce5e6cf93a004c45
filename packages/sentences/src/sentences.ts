import type { EventFacts, EventType } from '@kptv/contract'

type FactsOf<Type extends EventType> = Extract<EventFacts, { readonly type: Type }>

/** A language: a sentence for each type of event. */
export type Sentences = {
  readonly [Type in EventType]: (facts: FactsOf<Type>, node: string) => string
}
