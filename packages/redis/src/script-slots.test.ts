import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { keySlot } from './key-slot.ts'
import { createKeys } from './keys/create-keys.ts'

const keys = createKeys()
const slots = [keys.accountSlots('a-1'), keys.accountSlotHolders('a-1')]
const attempts = keys.accountAttempts('a-1')
const removed = [keys.catalogRemoved, keys.catalogRemovedAt]
const generation = (number: number) => [
  keys.catalogChannels(number),
  keys.catalogOrder(number),
  keys.catalogInfo(number),
]

const guide = (number: number) => [keys.guideMerged(number), keys.guideInfo(number)]

/**
 * The keys that each script is called with. A Redis Cluster refuses a script whose keys lie in two
 * slots.
 */
const keysOfScripts: Record<string, readonly string[]> = {
  'claim-generation-1.lua': [keys.catalogLastGeneration],
  'swap-generation-7.lua': [keys.catalogCurrent, ...generation(1), ...generation(2)],
  'claim-version-1.lua': [keys.sourceState('s-1')],
  'note-progress-1.lua': [keys.sourceState('s-1')],
  'publish-list-3.lua': [keys.sourceState('s-1'), keys.sourceList('s-1', 1), keys.sourceList('s-1', 2)],
  'publish-guide-3.lua': [keys.guideState('g-1'), keys.guideProgrammes('g-1', 1), keys.guideProgrammes('g-1', 2)],
  'swap-guide-5.lua': [keys.guideCurrent, ...guide(1), ...guide(2)],
  'keep-logo-3.lua': [keys.logoImages, keys.logoAges, keys.logoBytes],
  'renew-import-lease-1.lua': [keys.sourceImportLease('s-1')],
  'release-import-lease-1.lua': [keys.sourceImportLease('s-1')],
  'keep-removed-4.lua': [keys.catalogChannels(1), keys.catalogChannels(2), ...removed],
  'forget-removed-3.lua': [keys.catalogChannels(2), ...removed],
  'check-memory-1.lua': [keys.memory],
  'claim-leadership-2.lua': [keys.channelLead('c-1'), keys.channelTerm('c-1')],
  'decline-leadership-1.lua': [keys.channelLead('c-1')],
  'hand-over-leadership-1.lua': [keys.channelLead('c-1')],
  'renew-leadership-1.lua': [keys.channelLead('c-1')],
  'resign-leadership-1.lua': [keys.channelLead('c-1')],
  'count-listeners-1.lua': [keys.alive('i-1')],
  'append-event-1.lua': [keys.events],
  'enter-node-1.lua': [keys.node('i-1')],
  'note-node-1.lua': [keys.nodes],
  'write-tombstone-1.lua': [keys.dead('i-1')],
  'renew-node-1.lua': [keys.node('i-1')],
  'take-duty-1.lua': [keys.tunerDiscovery],
  'note-presence-3.lua': [
    keys.channelPresence('c-1'),
    keys.channelPresenceCounts('c-1'),
    keys.channelPresencePriorities('c-1'),
  ],
  'take-over-stream-2.lua': [keys.userStreams('u-1'), keys.userStreamHolders('u-1')],
  'keep-player-2.lua': [keys.userStreams('u-1'), keys.userStreamHolders('u-1')],
  'note-segments-1.lua': [keys.channelSegments('c-1')],
  'renew-players-2.lua': [keys.channelPlayers('c-1'), keys.channelPlayerNodes('c-1')],
  'acquire-slot-2.lua': slots,
  'drop-gone-holder-2.lua': slots,
  'drop-left-slot-2.lua': slots,
  'find-silent-slots-2.lua': slots,
  'inherit-slot-2.lua': slots,
  'release-slot-2.lua': slots,
  'renew-slots-2.lua': slots,
  'revoke-slot-2.lua': slots,
  'outrank-slot-3.lua': [...slots, keys.accountWaiters('a-1')],
  'take-turn-4.lua': [keys.accountWaiters('a-1'), keys.accountSlots('a-1'), keys.accountPace('a-1'), attempts],
  'begin-attempt-3.lua': [keys.accountPace('a-1'), attempts, keys.accountSlots('a-1')],
  'end-attempt-2.lua': [keys.accountPace('a-1'), attempts],
  'leave-queue-1.lua': [keys.accountWaiters('a-1')],
  'note-refusal-1.lua': [keys.accountPace('a-1')],
  'note-success-1.lua': [keys.accountPace('a-1')],
  'read-rest-2.lua': [keys.streamFailures('x-1'), keys.streamBlocked('x-1')],
  'note-open-stream-1.lua': [keys.openStreams('i-1')],
  'record-death-2.lua': [keys.streamDeaths('x-1'), keys.streamQuarantined('x-1')],
  'record-failure-2.lua': [keys.streamFailures('x-1'), keys.streamBlocked('x-1')],
}

test('every script is in this test', () => {
  const repository = fileURLToPath(new URL('../../../', import.meta.url))
  const files = globSync('{packages,apps}/*/src/**/*.lua', { cwd: repository }).map((file) => basename(file))
  expect(Object.keys(keysOfScripts).sort()).toEqual(files.sort())
})

test.each(Object.entries(keysOfScripts))('the keys of %s lie in one slot of a cluster', (file, names) => {
  expect(names).toHaveLength(Number(/-(\d)\.lua$/.exec(file)![1]))
  expect(new Set(names.map(keySlot)).size).toBe(1)
})

test('the relay names of one channel share a slot; those of two channels do not', () => {
  const names = (id: string) => [keys.channelMedia(id), keys.channelRequests(id), keys.channelAnswers(id, 'i-1')]
  expect(new Set([...names('c-1'), keys.channelLead('c-1')].map(keySlot)).size).toBe(1)
  expect(keySlot(keys.channelMedia('c-1'))).not.toBe(keySlot(keys.channelMedia('c-2')))
})

test('a warm-up record lies in the shard it is named after', () => {
  for (const shard of ['0', '1', '17']) expect(keySlot(keys.shardMemory(shard))).toBe(keySlot(shard))
})
