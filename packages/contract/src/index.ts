export { type AdminSession, adminLogin } from './admin-session.ts'
export { type AdminSettings, adminSettings } from './admin-settings.ts'
export { type AdminUsers, adminUsers, MAX_SHOWN_USERS, type ShownUser } from './admin-users.ts'
export {
  type ChannelDetails,
  type ChannelOnNode,
  channelDetails,
  type SessionStep,
  type StreamState,
  type WatchingClient,
} from './channel-details.ts'
export {
  CHANNELS_PER_PAGE,
  type ChannelPage,
  channelPage,
  type GroupList,
  groupList,
  type ImportsAnswer,
  type ListedChannel,
  type SiteAnswer,
  siteAnswer,
} from './channels.ts'
export {
  type ClusterEvent,
  clusterEvent,
  type EventFacts,
  type EventList,
  type EventType,
  eventFacts,
  eventList,
  MAX_LOST_GROUPS,
  type WebhookMessage,
  webhookMessage,
  writtenEvent,
} from './cluster-events.ts'
export { errorTable } from './error-table.ts'
export { ERROR_ANSWERS, type ErrorBody, type ErrorCode, errorAnswer } from './errors.ts'
export {
  type GuideAnswer,
  type GuideNowAnswer,
  type GuideProgramme,
  guideAnswer,
  guideNowAnswer,
  MAX_GUIDE_CHANNELS,
} from './guide.ts'
export { type ChannelGuides, channelGuides } from './guide-matches.ts'
export { type GuideStatus, guideStatus } from './guide-status.ts'
export {
  type DirectMediaPlayed,
  type LiveChange,
  type LiveChannel,
  type LiveNode,
  type LiveSource,
  type LiveState,
  liveState,
  type MediaFormat,
  type NodeReport,
  nodeReport,
  type PlayedChannel,
  REDIS_AWAY,
} from './live.ts'
export {
  type NodeAnswer,
  type NodeCall,
  type NodeQuestion,
  type NodeReply,
  nodeAnswer,
  nodeCall,
  type OrderOutcome,
} from './node-calls.ts'
export { openApiDocument } from './openapi.ts'
export {
  type AcceptAnswer,
  type AdminOrder,
  adminOrder,
  type HealthAnswer,
  type NodeOrder,
  type OrderAnswer,
  type RefreshAnswer,
} from './orders.ts'
export type { ReadinessAnswer } from './readiness.ts'
export type { SourceStatus } from './source-status.ts'
export { type CatalogStatus, type ChannelStatus, type StatusAnswer, statusAnswer } from './status.ts'
export { type ViewerSessionAnswer, viewerLogin } from './viewer-session.ts'
