import { expect, test } from '@jest/globals'
import { loadSettings } from '@kptv/config'
import { defaultTiming, timingWith } from '@kptv/coordination'

test.each(Object.entries(defaultTiming))('CLUSTER_TIMES may name %s', (name, ms) => {
  const CLUSTER_TIMES = `${name.replace(/Ms$/, '')}=${ms}ms`
  const { clusterTimes } = loadSettings({ REDIS_URL: 'redis://127.0.0.1', CLUSTER_TIMES })
  expect(clusterTimes).toEqual({ [name]: ms })
  expect(timingWith(clusterTimes)).toEqual(defaultTiming)
})
