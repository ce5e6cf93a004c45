/** The splicer for callers that want its output as a return value. */
import type { Buffer } from 'node:buffer'
import { Splicer, type SplicerOptions } from '../src/splicer.ts'
import { type CollectedOutput, OutputCollector } from './output-collector.ts'

type Spliced = {
  readonly packets: Buffer
  readonly joinPoints: number[]
  readonly incompatible?: string
}

export type CollectingSplicer = ReturnType<typeof createSplicer>

export function createSplicer(options: Omit<SplicerOptions, 'sink'> = {}) {
  const collector = new OutputCollector()
  const splicer = new Splicer({ ...options, sink: collector.sink })
  const spliced = ({ packets, joinPoints }: CollectedOutput): Spliced => ({
    packets,
    joinPoints: [...joinPoints],
    ...(splicer.refusal === undefined ? {} : { incompatible: splicer.refusal }),
  })
  return {
    startInput: (input?: Parameters<Splicer['startInput']>[0]) => splicer.startInput(input),
    push(packets: Buffer): Spliced {
      splicer.push(packets)
      return spliced(collector.take())
    },
    fill(ticks: number): Spliced {
      splicer.fill(ticks)
      return spliced(collector.take())
    },
    get program() {
      return splicer.program
    },
    get signature() {
      return splicer.signature
    },
    get offsetTicks() {
      return splicer.offsetTicks
    },
    get isRepeating() {
      return splicer.isRepeating
    },
    snapshot: () => splicer.snapshot(),
  }
}
