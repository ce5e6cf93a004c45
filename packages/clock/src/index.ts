export { type Clock, every, inStep, systemClock } from './clock.ts'
