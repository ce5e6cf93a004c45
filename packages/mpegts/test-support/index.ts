export { createSplicer } from './create-splicer.ts'
export { OutputCollector } from './output-collector.ts'
