export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export { nullLogger } from './null-logger.ts'
