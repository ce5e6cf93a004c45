import { startFakeProvider } from './provider/fake-provider.ts'
import { serveControl } from './provider/provider-control.ts'

// The fake provider as a separate process: `node run-fake-provider.ts`. FAKE_PROVIDER_OPTIONS:
// FakeProviderOptions as JSON. CONTROL_PORT: default any free one. Runs until SIGTERM or SIGINT.

const provider = await startFakeProvider(JSON.parse(process.env.FAKE_PROVIDER_OPTIONS ?? '{}'))
const control = await serveControl(provider, Number(process.env.CONTROL_PORT ?? 0))
const addresses = { url: provider.url, controlUrl: control.url, playlistUrl: provider.playlistUrl() }
console.log(JSON.stringify({ level: 'INFO', msg: 'fake provider is ready', ...addresses }))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    control.stop()
    void provider.stop()
  })
}
