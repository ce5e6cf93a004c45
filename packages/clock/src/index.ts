export { type Clock, every, inStep, pause, systemClock } from './clock.ts'
