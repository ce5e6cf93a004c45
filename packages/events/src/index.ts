export { createEventLog, type EventLog, MAX_EVENTS } from './event-log.ts'
export { createEventWriter, type EventWriter } from './event-writer.ts'
