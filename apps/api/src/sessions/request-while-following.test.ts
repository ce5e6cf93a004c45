import { describe, expect, test } from '@jest/globals'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import { createManualClock } from '@kptv/testkit'
import { createSessionSource, stays } from '../../test-support/session-source.ts'
import type { ClaimOutcome } from '../cluster/channel-election.ts'

type LeadRecord = Extract<ClaimOutcome, { readonly outcome: 'led' }>['by']

describe('a request to a node that follows', () => {
  /** The leader has a viewer and has played for 5 s; `reported`: what the other node tells of. */
  async function leaderAndFollower() {
    const clock = createManualClock()
    const hub = createMemoryRelayHub({ clock })
    const reported: number[] = []
    const leader = createSessionSource(1, { clock, relay: hub.relay({ keys: createKeys(), incarnation: 'node' }) })
    const follower = createSessionSource(1, {
      clock,
      relay: hub.relay({ keys: createKeys(), incarnation: 'other' }),
      leadership: { claim: async () => ({ outcome: 'led', by: { incarnation: 'node', term: 1 } as LeadRecord }) },
      presence: { set: (_, count) => void reported.push(count), others: async () => [] },
    })
    const { session } = await leader.play()
    await leader.pass(5_000)
    const follow = async () => follower.open()
    const stop = () => Promise.all([follower.stop(), leader.stop()])
    return { clock, leader, session, follow, reported, stop }
  }

  test('waits as on the leader while that has no media, and then gets new media alone', async () => {
    const { clock, leader, session, follow, reported, stop } = await leaderAndFollower()
    leader.cut()
    await clock.advance(1_000)
    expect(session.phase).not.toBe('playing')
    const following = await follow()
    const answers = { leader: 'waits', follower: 'waits' }
    const ask = async (name: keyof typeof answers, asked: typeof session) => {
      const answer = await asked.admit(stays)
      answers[name] = answer.admitted && answer.position >= heads[name] ? 'new media' : 'old media'
    }
    await clock.advance(1_000)
    const heads = { leader: session.ring.head, follower: following.ring.head }
    expect(heads.follower).toBeGreaterThan(0)
    void ask('leader', session)
    void ask('follower', following)
    await clock.advance(3_000)
    expect(answers).toEqual({ leader: 'waits', follower: 'waits' })
    // Other nodes with an audience may try what the leader cannot play.
    expect(reported.at(-1)).toBe(1)
    await leader.pass(5_000)
    expect(session.phase).toBe('playing')
    expect(answers).toEqual({ leader: 'new media', follower: 'new media' })
    await stop()
  })

  test('is answered in a pause of a stream that plays', async () => {
    const { clock, session, follow, stop } = await leaderAndFollower()
    await clock.advance(1_000)
    const following = await follow()
    const admission = following.admit(stays)
    await clock.advance(300)
    expect(session.phase).toBe('playing')
    expect((await admission).admitted).toBe(true)
    await stop()
  })

  test('is answered when a leader that had none plays again, though its next media is late', async () => {
    const { clock, leader, session, follow, stop } = await leaderAndFollower()
    leader.cut()
    await clock.advance(1_000)
    const following = await follow()
    let isAdmitted = false
    void following.admit(stays).then((answer) => {
      isAdmitted = answer.admitted
    })
    for (let times = 0; times < 20 && session.phase !== 'playing'; times += 1) {
      leader.send(1_000)
      await clock.advance(500)
    }
    expect(session.phase).toBe('playing')
    await clock.advance(500)
    expect(isAdmitted).toBe(true)
    await stop()
  })
})
