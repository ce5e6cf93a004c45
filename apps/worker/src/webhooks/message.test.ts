import { expect, test } from '@jest/globals'
import { type ClusterEvent, type EventFacts, webhookMessage } from '@kptv/contract'
import { messageOf } from './message.ts'
import { isWanted, newsOf } from './wanted-events.ts'

const eventOf = (facts: EventFacts): ClusterEvent => ({ id: '1-0', at: 1, node: 'edge-1', facts })
const failed = (channelName: string) =>
  eventOf({ type: 'channel-failed', channel: 'c', channelName, code: 'streams-failing' })

test('JSON has the event, whether a person should act, and the sentence', () => {
  const { headers, body } = messageOf(failed('News'), 'json', 'en')
  expect(headers).toEqual({ 'Content-Type': 'application/json' })
  expect(webhookMessage.parse(JSON.parse(body))).toEqual({
    ...failed('News'),
    weight: 'bad',
    text: 'News ended for its viewers: all streams fail.',
  })
})

test.each([
  ['discord', '@everyone *News* [x](http://y)', '@everyone \\*News\\* \\[x\\]\\(http://y\\)'],
  ['slack', '<!channel> & News', '&lt;!channel&gt; &amp; News'],
] as const)('a name from a list can neither mention people nor format: %s', (format, name, shown) => {
  const body = JSON.parse(messageOf(failed(name), format, 'en').body) as Record<string, unknown>
  expect(body[format === 'discord' ? 'content' : 'text']).toBe(`${shown} ended for its viewers: all streams fail.`)
  if (format === 'discord') expect(body.allowed_mentions).toEqual({ parse: [] })
})

test('ntfy: the text is the body, and a name cannot become a header field', () => {
  expect(messageOf(failed('Né\r\nws'), 'ntfy', 'en')).toEqual({
    headers: { Title: 'KPTV', Tags: 'warning', Priority: '4' },
    body: 'Né\r\nws ended for its viewers: all streams fail.',
  })
})

test('long texts are cut, because receivers refuse them', () => {
  const { body } = messageOf(failed('x'.repeat(5_000)), 'discord', 'en')
  expect((JSON.parse(body) as { readonly content: string }).content.length).toBeLessThanOrEqual(2_000)
})

test('decides what is an alarm, and what repeats earlier news', () => {
  const order: EventFacts = { type: 'order', order: 'stop', outcome: 'done', address: 'x' }
  expect([isWanted(failed('x').facts, ['alarms']), isWanted(order, ['alarms']), isWanted(order, ['orders'])]).toEqual([
    true,
    false,
    true,
  ])
  const gone = (node: string) => newsOf({ node, facts: { type: 'node-gone' } })
  expect(gone('edge-1')).not.toBe(gone('edge-2'))
  expect(newsOf(failed('x'))).toBe(newsOf({ ...failed('x'), node: 'edge-2' }))
  expect(newsOf({ node: 'edge-1', facts: order })).toBeUndefined()
})
