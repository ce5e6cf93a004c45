export { type EventFilter, isAbout } from './is-about.ts'
export { reasonOf, sentenceOf, weightOf } from './sentence-of.ts'
