export { type BuildCatalogData, type ImportSourceData, type JobName, jobQueues, sourceIdOf } from './job-list.ts'
export { createJobQueues, type JobQueues, type JobQueuesOptions } from './job-queues.ts'
export { type JobRunners, type JobRunnersOptions, startJobRunners } from './job-runners.ts'
export { type HandlerTable, type JobContext, type JobHandler, registerHandlers } from './register-handlers.ts'
