export { joinSecrets } from './join-secrets.ts'
export { createLogger, type Logger } from './logger.ts'
export { nullLogger } from './null-logger.ts'
