export { type EventFilter, isAbout } from './is-about.ts'
export { sentenceOf, weightOf } from './sentence-of.ts'
