import { adminLogin, adminSession } from './admin-session.ts'
import { adminSettings } from './admin-settings.ts'
import { adminUsers } from './admin-users.ts'
import { channelDetails } from './channel-details.ts'
import { eventList } from './cluster-events.ts'
import { channelGuides } from './guide-matches.ts'
import { liveState } from './live.ts'
import { channel, content, json, jsonSchema, operation, query, reference } from './openapi-parts.ts'
import { acceptAnswer, adminOrder, orderAnswer, refreshAnswer } from './orders.ts'

const source = { ...channel, name: 'source', description: 'Id of a source.' }

const ORDER_ERRORS = [
  'bad-request',
  'not-in-play',
  'unknown-viewer',
  'unknown-node',
  'unknown-source',
  'nothing-put-aside',
  'not-now',
  'no-other-node',
  'nodes-silent',
  'coordination-unavailable',
] as const

export const ADMIN_PATHS = {
  '/admin/session': {
    get: operation('admin', 'Whether a password is needed, or was given.', { 200: json(adminSession) }),
  },
  '/admin/login': {
    post: {
      ...operation('admin', 'Logs in, on the public port only.', { 200: json(adminSession) }, [
        'bad-request',
        'wrong-login',
        'too-many-logins',
      ]),
      requestBody: { required: true, ...json(adminLogin) },
    },
  },
  '/admin/logout': {
    post: operation('admin', 'Ends the login, on the public port only.', { 200: json(adminSession) }),
  },
  '/admin/live': {
    get: operation('admin', 'The cluster at this moment.', { 200: json(liveState) }, ['coordination-unavailable']),
  },
  '/admin/events': {
    get: operation('admin', 'The same, and every change of it, as server-sent events `all` and `change`.', {
      200: content('text/event-stream'),
    }),
  },
  '/admin/channels/{channel}': {
    get: {
      ...operation('admin', 'A channel in play, from all nodes.', { 200: json(channelDetails) }, [
        'not-in-play',
        'coordination-unavailable',
      ]),
      parameters: [{ ...channel, description: 'Id of a channel.' }],
    },
  },
  '/admin/logo/{logo}': {
    get: {
      ...operation('admin', "A channel's logo, or its initials.", { 200: content('image/*') }, [
        'not-found',
        'coordination-unavailable',
      ]),
      parameters: [{ ...channel, name: 'logo', description: 'Id of a channel.' }],
    },
  },
  '/admin/log': {
    get: {
      ...operation('admin', 'What happened, the newest first.', { 200: json(eventList) }, ['coordination-unavailable']),
      parameters: [
        query('channel', 'Id of a channel.'),
        query('source', 'Id of a source.'),
        query('node', 'NODE_ID.'),
        query('type', 'Events of this type only; may be repeated.'),
      ],
    },
  },
  '/admin/guide/matches': {
    get: {
      ...operation(
        'admin',
        'Every channel with the guides that know it, one JSON object a line.',
        { 200: { description: 'OK', content: { 'application/x-ndjson': { schema: jsonSchema(channelGuides) } } } },
        ['coordination-unavailable'],
      ),
      parameters: [query('missing', '`true`: those that no guide knows.')],
    },
  },
  '/admin/users': {
    get: {
      ...operation('admin', 'Who may watch, and what they watch now.', { 200: json(adminUsers) }),
      parameters: [query('q', 'Part of a name.')],
    },
  },
  '/admin/settings': {
    get: operation('admin', 'How the edge that answers is set up, without secrets.', { 200: json(adminSettings) }),
  },
  '/admin/orders': {
    post: {
      ...operation('admin', 'An order to the whole cluster.', { 200: json(orderAnswer) }, ORDER_ERRORS),
      requestBody: { required: true, ...json(adminOrder) },
    },
  },
  '/status': {
    get: operation('admin', 'The cluster, its sources, and the channels in play.', { 200: reference('Status') }),
  },
  '/metrics': { get: operation('admin', 'Figures for Prometheus.', { 200: content('text/plain') }) },
  '/openapi.json': { get: operation('admin', 'This document.', { 200: content('application/json') }) },
  '/refresh': {
    post: operation('admin', 'Imports all sources now.', { 202: json(refreshAnswer) }, ['coordination-unavailable']),
  },
  '/sources/{source}/accept': {
    post: {
      ...operation('admin', 'Accepts the list of a source that was put aside.', { 200: json(acceptAnswer) }, [
        'unknown-source',
        'nothing-put-aside',
        'coordination-unavailable',
      ]),
      parameters: [source],
    },
  },
}
