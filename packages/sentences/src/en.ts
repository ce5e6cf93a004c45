import { ENGLISH_REASONS } from './reasons.ts'
import type { Sentences } from './sentences.ts'
import { withoutStop } from './without-stop.ts'

const reasonOf = (code: string): string => ENGLISH_REASONS[code] ?? `failed (${code})`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const ORDERS: Readonly<Record<string, string>> = {
  'next-source': 'the next source',
  stop: 'the end',
  'end-viewer': 'the end of a viewer',
  'move-leader': 'another leader',
  'unblock-stream': 'an end to the rest of a stream',
  'read-list': 'a new reading of the list',
  'accept-list': 'the list that was put aside',
  drain: 'a drain',
}

export const en: Sentences = {
  'stream-failed': ({ channelName, sourceName, code }) => `${channelName}: ${sourceName} ${reasonOf(code)}.`,
  'stream-changed': ({ channelName, fromSourceName, sourceName, afterMs }, node) =>
    afterMs === undefined
      ? `${channelName}: plays ${sourceName} on ${node}, before it was ${fromSourceName}.`
      : fromSourceName === sourceName
        ? `${channelName}: ${sourceName} plays again on ${node}, after ${seconds(afterMs)}.`
        : `${channelName}: went on with ${sourceName} on ${node}, ${seconds(afterMs)} after ${fromSourceName} failed.`,
  'channel-failed': ({ channelName, code }) =>
    `${channelName} ended for its viewers: ${ENGLISH_REASONS[code] ?? code}.`,
  'channel-taken-over': ({ channelName }, node) =>
    `${channelName}: ${node} leads now, for a node that left or fell silent.`,
  'conversion-failed': ({ channelName }, node) =>
    `${channelName}: ffmpeg failed at making fragmented MP4 on ${node}, and is started again.`,
  'list-read': ({ sourceName, entries, before, lostGroups = [] }) =>
    before === 0
      ? `${sourceName}: the first list was read, with ${entries} entries.`
      : `${sourceName}: a list of ${entries} entries was read, before it had ${before}.${lostGroups.length === 0 ? '' : ` Groups that are gone: ${lostGroups.join(', ')}.`}`,
  alarm: ({ sourceName, message }) => `Alarm, ${sourceName}: ${withoutStop(message)}.`,
  'alarm-over': ({ sourceName }) => `${sourceName} is well again.`,
  'guide-read': ({ guideName, programmes }) => `${guideName}: a guide with ${programmes} programmes was read.`,
  'guide-alarm': ({ guideName, message }) => `Alarm, guide ${guideName}: ${withoutStop(message)}.`,
  'guide-alarm-over': ({ guideName }) => `Guide ${guideName} is well again.`,
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
    `The webhook ${webhook} ${status === undefined ? `cannot be reached (${code})` : `answered ${status}`}${isFinal ? ', so a message was not delivered.' : '; the message is sent again later.'}`,
  'node-started': ({ version }, node) => `${node} started (${version}).`,
  'node-drains': (_, node) => `${node} drains and ends.`,
  'node-stopped': (_, node) => `${node} has ended in order.`,
  'node-gone': ({ reason }, node) => (reason === undefined ? `${node} fell silent.` : `${node} is gone: ${reason}.`),
}
