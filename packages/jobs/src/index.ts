export { guideIdOf, sourceIdOf } from './job-list.ts'
export { createJobQueues, type JobQueues } from './job-queues.ts'
export { startJobRunners } from './job-runners.ts'
export { type JobHandler, registerHandlers } from './register-handlers.ts'
