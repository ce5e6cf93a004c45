export { createEventLog, type EventLog } from './event-log.ts'
export { createEventWriter, type EventWriter } from './event-writer.ts'
