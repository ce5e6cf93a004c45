import { startInThread } from '../thread/start-in-thread.ts'
import type { FakeProvider } from './fake-provider.ts'
import type { FakeProviderOptions } from './provider-options.ts'

/** The fake provider in its own thread: it keeps its pace while the test checks the media. */
export function startFakeProviderThread(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  return startInThread(new URL('./run-fake-provider-thread.ts', import.meta.url), options)
}
