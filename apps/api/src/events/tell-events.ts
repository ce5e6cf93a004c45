import type { EventWriter } from '@kptv/events'
import type { EdgeEvent } from './edge-events.ts'
import { EventStory } from './event-story.ts'
import { type Names, nameFacts } from './name-facts.ts'

/** Writes what people want to read into the events of the cluster. */
export function tellEvents(
  writer: EventWriter,
  names: Names,
  monotonicMs: () => number = () => performance.now(),
): (event: EdgeEvent) => void {
  const story = new EventStory()
  return (event) => {
    const told = story.tell(event, monotonicMs())
    if (told !== undefined) writer.write(nameFacts(told, names))
  }
}
