import { computed } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { LoginForm } from '../parts/login-form.tsx'
import { route } from '../parts/navigation.ts'
import { Notice } from '../parts/notice.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { addressOf } from '../parts/route.ts'
import { words } from '../words/words.ts'
import { EventsScreen } from './events-screen.tsx'
import { connection, live } from './live.ts'
import { LiveScreen } from './live-screen.tsx'
import { OrderDialog } from './orders/order-dialog.tsx'
import { OrderOutcome } from './orders/order-outcome.tsx'
import { logIn, logOut, session } from './session.ts'
import { SourcesScreen } from './sources-screen.tsx'
import { summaryOf } from './summary.ts'

const SCREENS = { live: LiveScreen, sources: SourcesScreen, events: EventsScreen }

type ScreenName = keyof typeof SCREENS

const problemCount = computed(() => (live.value === undefined ? 0 : summaryOf(live.value).problems.length))

/** What operators see and do. */
export function AdminPage() {
  const { admin, login } = words.value
  const name = screenOf(route.value.screen)
  const Screen = SCREENS[name]
  useEffect(() => {
    document.title = `${admin[name]} · KPTV`
  }, [admin, name])
  const links = [
    { address: addressOf('live'), text: admin.live },
    {
      address: addressOf('sources'),
      text: admin.sources,
      badge: problemCount.value > 0 ? String(problemCount.value) : undefined,
    },
    { address: addressOf('events'), text: admin.events },
  ]
  if (session.value === 'required')
    return (
      <>
        <PageHead links={[]} current="" />
        <main id="content" tabIndex={-1}>
          <LoginForm title={login.operators} hasName="optional" onSubmit={logIn} />
        </main>
      </>
    )
  return (
    <>
      <PageHead links={links} current={addressOf(name)}>
        <Connection />
        {session.value === 'done' && (
          <button type="button" class="button" onClick={() => void logOut()}>
            {login.logOut}
          </button>
        )}
      </PageHead>
      <main id="content" tabIndex={-1}>
        {live.value === undefined ? <Notice title={admin.connecting} /> : <Screen state={live.value} />}
      </main>
      <OrderDialog />
      <OrderOutcome />
    </>
  )
}

function screenOf(name: string): ScreenName {
  return Object.hasOwn(SCREENS, name) ? (name as ScreenName) : 'live'
}

function Connection() {
  const { admin } = words.value
  const state = connection.value
  return (
    <span class={`connection connection-${state}`}>
      <span class="dot" aria-hidden="true" />
      {admin.connections[state]}
    </span>
  )
}
