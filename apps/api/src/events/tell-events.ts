import type { EventWriter } from '@kptv/events'
import type { EdgeEvent } from './edge-events.ts'
import { EventStory } from './event-story.ts'
import { type Names, nameFacts } from './name-facts.ts'

/** Writes what people want to read into the events of the cluster. */
export function tellEvents(
  writer: Pick<EventWriter, 'write'>,
  names: Names,
  monotonicMs: () => number = () => performance.now(),
): (event: EdgeEvent) => void {
  const story = new EventStory()
  return (event) => {
    const told = story.tell(event, monotonicMs())
    if (told !== undefined) writer.write(nameFacts(told, names), endOf(event))
  }
}

/** The end of a process is told by itself, or by all that miss it: once. */
function endOf(event: EdgeEvent) {
  if (event.type === 'node-stopped') return { once: `end of ${event.incarnation}` }
  if (event.type === 'node-gone') return { node: event.node, once: `end of ${event.incarnation}` }
  return undefined
}
