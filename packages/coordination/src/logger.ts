export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>
