import { ENGLISH_REASONS } from './reasons.ts'
import type { Sentences } from './sentences.ts'
import { withoutStop } from './without-stop.ts'

const reasonOf = (code: string): string => ENGLISH_REASONS[code] ?? `failed (${code})`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const ORDERS: Readonly<Record<string, string>> = {
  'next-source': 'the next source',
  stop: 'a stop',
  'end-viewer': 'the end of one viewer',
  'move-leader': 'a change of leader',
  'unblock-stream': 'another try of a blocked stream',
  'read-list': 'another read of the list',
  'accept-list': 'the list that was put aside',
  drain: 'a drain',
}

export const en: Sentences = {
  'stream-failed': ({ channelName, sourceName, code }) => `${channelName}: ${sourceName} ${reasonOf(code)}.`,
  'stream-changed': ({ channelName, fromSourceName, sourceName, afterMs }, node) =>
    afterMs === undefined
      ? `${channelName}: switched from ${fromSourceName} to ${sourceName} on ${node}.`
      : fromSourceName === sourceName
        ? `${channelName}: ${sourceName} plays again on ${node}, after ${seconds(afterMs)}.`
        : `${channelName}: continued with ${sourceName} on ${node}, ${seconds(afterMs)} after ${fromSourceName} failed.`,
  'channel-failed': ({ channelName, code }) =>
    `${channelName} ended for its viewers: ${ENGLISH_REASONS[code] ?? code}.`,
  'channel-taken-over': ({ channelName }, node) =>
    `${channelName}: ${node} leads now, for a node that left or fell silent.`,
  'conversion-failed': ({ channelName }, node) =>
    `${channelName}: ffmpeg failed to make fragmented MP4 on ${node}, and is restarted.`,
  'list-read': ({ sourceName, entries, before, lostGroups = [] }) =>
    before === 0
      ? `${sourceName}: the first list was read, with ${entries} entries.`
      : `${sourceName}: a list of ${entries} entries was read; the previous one had ${before}.${lostGroups.length === 0 ? '' : ` Missing groups: ${lostGroups.join(', ')}.`}`,
  alarm: ({ sourceName, message }) => `Alarm, ${sourceName}: ${withoutStop(message)}.`,
  'alarm-over': ({ sourceName }) => `${sourceName} has recovered.`,
  'guide-read': ({ guideName, programmes }) => `${guideName}: a guide with ${programmes} programmes was read.`,
  'guide-alarm': ({ guideName, message }) => `Alarm, guide ${guideName}: ${withoutStop(message)}.`,
  'guide-alarm-over': ({ guideName }) => `Guide ${guideName} has recovered.`,
  login: ({ who, address, outcome }, node) =>
    outcome === 'right'
      ? `${who === 'operator' ? 'An operator' : 'A viewer'} logged in from ${address}, at ${node}.`
      : `Wrong login of ${who === 'operator' ? 'an operator' : 'a viewer'} from ${address}, at ${node}.`,
  order: ({ order, outcome, address, channelName, sourceName, target }, node) => {
    const about = channelName ?? sourceName ?? target
    const what = `${ORDERS[order] ?? order}${about === undefined ? '' : ` for ${about}`}`
    return `Someone at ${address} ordered ${what}, at ${node}${outcome === 'done' ? '.' : `; refused: ${outcome}.`}`
  },
  'webhook-failed': ({ webhook, status, code = '', isFinal }) =>
    `The webhook ${webhook} ${status === undefined ? `cannot be reached (${code})` : `answered ${status}`}${isFinal ? ', so a message was not delivered.' : '; the message will be sent again later.'}`,
  'node-started': ({ version }, node) => `${node} started (${version}).`,
  'node-drains': (_, node) => `${node} is draining and will stop.`,
  'node-stopped': (_, node) => `${node} has shut down cleanly.`,
  'node-gone': ({ reason }, node) => (reason === undefined ? `${node} fell silent.` : `${node} is gone: ${reason}.`),
}
