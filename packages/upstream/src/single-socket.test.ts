import { expect, test } from '@jest/globals'
import { createSingleSocket } from './single-socket.ts'

test.each([false, true])(
  'each address of a name but the last has seconds to answer, not 250 ms (https: %s)',
  (secure) => {
    const { agent, destroy } = createSingleSocket({ secure, allowAddress: () => true })
    expect(agent).toHaveProperty('options.autoSelectFamilyAttemptTimeout', 2_500)
    destroy()
  },
)
