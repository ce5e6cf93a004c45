/**
 * Four kinds of tests, distinguished by suffix. jest 30 strips the types itself, so there is no transform.
 * @type {import('jest').Config}
 */
const common = {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/read-again.ts'],
}

export default {
  // Only a hang shall end a test: longer than `eventually` and the testkit's processes wait.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/longest-first.ts',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,packages,scripts}/**/*.test.ts', '<rootDir>/test/{model,chaos}/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.(redis|io)\\.test\\.ts$', '/node_modules/'],
    },
    { ...common, displayName: 'io', testMatch: ['<rootDir>/{apps,packages,scripts}/**/*.io.test.ts'] },
    { ...common, displayName: 'redis', testMatch: ['<rootDir>/{apps,packages}/**/*.redis.test.ts'] },
    {
      ...common,
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/cluster/**/*.cluster.test.ts'],
      // A machine that is busy with what other tests have started is no fault of the code.
      testTimeout: 120_000,
    },
    { ...common, displayName: 'containers', testMatch: ['<rootDir>/test/containers/**/*.containers.test.ts'] },
  ],
}
