import { readFileSync } from 'node:fs'

/**
 * One channel of the demo. Both demo sources have all of them under the same names, so that
 * failover can be seen.
 */
export type DemoChannel = {
  readonly id: string
  readonly name: string
  readonly colour: string
  /** One loop: whole packets that start with tables and a key frame. */
  readonly clip: Buffer
}

/** All clips are as long as this; see `scripts/make-demo-clips.sh`. */
export const CLIP_TICKS = 9.6 * 90_000

export function loadDemoChannels(): DemoChannel[] {
  return [
    { id: 'red', name: 'Demo Red', colour: '#5c1a1b' },
    { id: 'green', name: 'Demo Green', colour: '#14452f' },
    { id: 'blue', name: 'Demo Blue', colour: '#14304f' },
  ].map((channel) => ({ ...channel, clip: readFileSync(new URL(`../clips/${channel.id}.mpegts`, import.meta.url)) }))
}
