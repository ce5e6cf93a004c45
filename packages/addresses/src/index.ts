export { createListSeal } from './list-seal.ts'
export { createLoginMemory, type Login } from './login-memory.ts'
export { loginIn, panelAddress, panelFile, panelStream } from './panel-address.ts'
export { redactUrl } from './redact-url.ts'
export {
  isRedisAddress,
  parseRedisAddress,
  REDIS_ADDRESS_FORMS,
  type RedisAddress,
  type RedisHost,
  type RedisTopology,
  redactRedisUrl,
  withoutRedisLogin,
} from './redis-address.ts'
export { ownText, remember } from './remember.ts'
export { holdsSealed, openSecrets, readSealed, sealSecrets, withoutSealed } from './seal.ts'
export { decodedPath, isEntryCredential, showsLogin } from './shown-login.ts'
export { accountKey, findSourceLogin, isSourceCredential, queryPairs } from './source-login.ts'
export { findSecrets } from './source-secrets.ts'
