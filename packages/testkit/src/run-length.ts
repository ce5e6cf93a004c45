/** `npm run test:long` sets it: tests then play their long forms. */
export const isLongRun = process.env.TEST_LENGTH === 'long'

/**
 * The size of a test: a representative part in `npm test`, all of it in `npm run
 * test:long`.
 */
export function shortOrLong<Size>(short: Size, long: Size): Size {
  return isLongRun ? long : short
}
