import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@kptv/testkit'
import { edgeProcessOf } from '../chaos/rig.ts'
import type { EdgeNode } from '../cluster/support/start-cluster.ts'
import type { SoakWorld } from './soak-world.ts'

/**
 * Something that happens while viewers zap; resolves when it is over. Responses on nodes that it
 * harms may end.
 */
export type Trouble = { readonly name: string; play(world: SoakWorld, random: Random): Promise<void> }

const anyEdge = ({ cluster }: SoakWorld, random: Random): EdgeNode => random.pick(cluster.edges)

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'kill -9 of an edge process',
    async play(world, random) {
      const edge = anyEdge(world, random)
      const pid = await edgeProcessOf(edge)
      world.harm(edge)
      process.kill(pid, 'SIGKILL')
    },
  },
  {
    name: 'kill -9 of an edge process and its supervisor',
    async play(world, random) {
      const edge = anyEdge(world, random)
      world.harm(edge)
      edge.process.killGroup('SIGKILL')
      await edge.process.waitForExit()
    },
  },
  {
    name: 'an edge process is frozen until its supervisor ends it',
    async play(world, random) {
      const edge = anyEdge(world, random)
      const pid = await edgeProcessOf(edge)
      world.harm(edge)
      process.kill(pid, 'SIGSTOP')
      await sleep(5_000)
    },
  },
  {
    name: 'a node is frozen for 6 s',
    async play(world, random) {
      const edge = anyEdge(world, random)
      world.harm(edge)
      edge.process.killGroup('SIGSTOP')
      await sleep(6_000)
      edge.process.killGroup('SIGCONT')
      await sleep(1_000)
    },
  },
  {
    name: 'a node is stopped and started again',
    async play(world, random) {
      const edge = anyEdge(world, random)
      world.harm(edge)
      edge.process.kill('SIGTERM')
      await edge.process.waitForExit({ deadlineMs: 90_000 })
    },
  },
  {
    name: 'Redis is killed and comes back empty',
    async play({ cluster }) {
      await cluster.redis.killHard()
      await sleep(1_000)
      await cluster.redis.restart()
      // Until the catalogue is there again and holders have taken what was theirs.
      await sleep(8_000)
    },
  },
  {
    name: 'Redis is frozen for 4 s',
    async play({ cluster }) {
      cluster.redis.pause()
      await sleep(4_000)
      cluster.redis.resume()
      await sleep(2_000)
    },
  },
  {
    name: 'the limits in the sources file change',
    async play(world, random) {
      await world.writeSources(world.providers.map(() => random.whole(Math.max(1, world.limit - 2), world.limit)))
      await sleep(4_000)
      await world.writeSources(world.providers.map(() => world.limit))
      await sleep(3_000)
    },
  },
  {
    name: 'all sources are imported again',
    async play({ cluster }, random) {
      await fetch(`${random.pick(cluster.edges).adminUrl}/refresh`, { method: 'POST' })
      await sleep(2_000)
    },
  },
  {
    name: 'one node is cut off from its providers for 10 s',
    async play(world, random) {
      const { name: agent } = anyEdge(world, random)
      const set = async (refuseConnections: boolean) => {
        for (const provider of world.providers) await provider.setFaults({ refuseConnections }, { agent })
      }
      await set(true)
      for (const provider of world.providers) await provider.cut('reset', { agent })
      await sleep(10_000)
      await set(false)
    },
  },
]
