import type { EventWriter } from '@kptv/events'
import type { EdgeEvent } from './edge-events.ts'
import { EventStory } from './event-story.ts'
import { type Names, nameFacts } from './name-facts.ts'

/** Writes what people want to read into the events of the cluster. */
export function reportEvents(
  writer: Pick<EventWriter, 'write'>,
  names: Names,
  monotonicMs: () => number = () => performance.now(),
): (event: EdgeEvent) => void {
  const story = new EventStory()
  return (event) => {
    const report = story.report(event, monotonicMs())
    if (report !== undefined) writer.write(nameFacts(report, names), endOf(event))
  }
}

/** The end of a process is reported once: by the process, or by all nodes that miss it. */
function endOf(event: EdgeEvent) {
  if (event.type === 'node-stopped') return { once: `end of ${event.incarnation}` }
  if (event.type === 'node-gone') return { node: event.node, once: `end of ${event.incarnation}` }
  return undefined
}
