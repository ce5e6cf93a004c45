import { type StartedProcess, startProcess } from '../process/start-process.ts'
import { type RemoteProvider, steerFakeProvider } from './provider-control.ts'
import type { FakeProviderOptions } from './provider-options.ts'

export type FakeProviderProcess = RemoteProvider & {
  readonly url: string
  readonly controlUrl: string
  readonly process: StartedProcess
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts the provider as a separate process, so that its load and its clock are apart from the
 * test's.
 */
export async function startFakeProviderProcess(options: FakeProviderOptions = {}): Promise<FakeProviderProcess> {
  const started = await startProcess({
    file: new URL('../run-fake-provider.ts', import.meta.url),
    env: { FAKE_PROVIDER_OPTIONS: JSON.stringify(options) },
    name: 'fake provider',
  })
  const line = await started.waitForLine('fake provider is ready')
  const { url, controlUrl } = line.json as { readonly url: string; readonly controlUrl: string }
  const dispose = () => started[Symbol.asyncDispose]()
  return { ...steerFakeProvider(controlUrl), url, controlUrl, process: started, [Symbol.asyncDispose]: dispose }
}
