import { serveOwner } from '../thread/serve-owner.ts'
import { startFakeProvider } from './fake-provider.ts'

await serveOwner(startFakeProvider)
