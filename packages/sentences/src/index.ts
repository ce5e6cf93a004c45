export { sentenceOf, weightOf } from './sentence-of.ts'
