/** The cost of the relay to Redis, and how much of it one Redis can carry. */
import type { TableRow } from '@kptv/testkit'
import { type CeilingStep, findCeiling } from './relay-ceiling.ts'
import { channelBytesPerSecond, measureTraffic } from './relay-traffic.ts'
import { count, printTable, printTitle, ratio } from './report.ts'

const FOLLOWING_NODES = [0, 1, 2]
const VIEWERS = [1, 10, 50]

const traffic = await measureTraffic(FOLLOWING_NODES, VIEWERS)
printTitle(`relay: one channel of ${(channelBytesPerSecond * 8) / 1e6} Mbit/s, as Redis counts its own traffic`)
printTable(
  ['nodes that follow', 'viewers', 'published', '… : channel', 'delivered', '… : channel', 'SPUBLISH'],
  traffic.map(({ followingNodes, viewers, published, delivered, publishes }) => [
    String(followingNodes),
    String(viewers),
    ...[perSecond(published), ratio(published, channelBytesPerSecond)],
    ...[perSecond(delivered), ratio(delivered, channelBytesPerSecond)],
    `${publishes.toFixed(1)}/s`,
  ]),
)

for (const followers of [1, 2]) {
  const { best, tooMuch } = await findCeiling(followers)
  printTitle(`relay: channels of 8 Mbit/s through one Redis, ${followers} following, until the first message is lost`)
  printTable(
    ['', 'channels', 'media to each', 'lost', 'CPU of Redis', '… of the leader', '… of a follower'],
    [lineOf('the most without loss', best), lineOf('the least with loss', tooMuch)],
  )
}

function lineOf(what: string, step: CeilingStep): TableRow {
  const cpu = [step.redisCpu, step.publisherCpu, step.followerCpu].map(share)
  return [what, count(step.channels), `${count(step.mediaMbits)} Mbit/s`, count(step.lost), ...cpu]
}

function perSecond(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB/s`
}

function share(cpu: number): string {
  return `${Math.round(cpu * 100)} %`
}
