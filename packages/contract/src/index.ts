export { type AdminSession, adminLogin, adminSession } from './admin-session.ts'
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
  importsAnswer,
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
export { ERROR_ANSWERS, ERROR_CODES, type ErrorBody, type ErrorCode, errorAnswer, errorBody } from './errors.ts'
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
  acceptAnswer,
  adminOrder,
  type HealthAnswer,
  type NodeOrder,
  type OrderAnswer,
  orderAnswer,
  type RefreshAnswer,
  refreshAnswer,
} from './orders.ts'
export { type ReadinessAnswer, readinessAnswer } from './readiness.ts'
export { type ImportStatus, type SourceStatus, sourceStatus } from './source-status.ts'
export {
  type CatalogStatus,
  type ChannelStatus,
  type NodeStatus,
  type StatusAnswer,
  statusAnswer,
} from './status.ts'
export { type ViewerSessionAnswer, viewerLogin, viewerSession } from './viewer-session.ts'
