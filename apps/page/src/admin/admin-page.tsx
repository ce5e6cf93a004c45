import type { LiveState } from '@kptv/contract'
import { computed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { LoginForm } from '../parts/login-form.tsx'
import { route } from '../parts/navigation.ts'
import { Notice } from '../parts/notice.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { addressOf } from '../parts/route.ts'
import { adminWords } from '../words/admin/admin-words.ts'
import { words } from '../words/words.ts'
import { EventsScreen } from './events-screen.tsx'
import { connection, live } from './live.ts'
import { LiveScreen } from './live-screen.tsx'
import { LostNotice } from './lost-notice.tsx'
import { OrderDialog } from './orders/order-dialog.tsx'
import { OrderOutcome } from './orders/order-outcome.tsx'
import { logIn, logOut, session } from './session.ts'
import { SettingsScreen } from './set-up/settings-screen.tsx'
import { UsersScreen } from './set-up/users-screen.tsx'
import { SourcesScreen } from './sources-screen.tsx'
import { summaryOf } from './summary.ts'

const SCREENS = {
  live: LiveScreen,
  sources: SourcesScreen,
  events: EventsScreen,
  users: UsersScreen,
  settings: SettingsScreen,
}

type ScreenName = keyof typeof SCREENS

const problemCount = computed(() => (live.value === undefined ? 0 : summaryOf(live.value).problems.length))

/** What operators see and do. */
export function AdminPage() {
  const { admin, login } = words.value
  const name = screenOf(route.value.screen)
  const Screen: (props: { readonly state: LiveState }) => ComponentChildren = SCREENS[name]
  const title = titleOf(name)
  useEffect(() => {
    document.title = `${title} · KPTV`
  }, [title])
  const links = (Object.keys(SCREENS) as ScreenName[]).map((screen) => ({
    address: addressOf(screen),
    text: titleOf(screen),
    badge: screen === 'sources' && problemCount.value > 0 ? String(problemCount.value) : undefined,
  }))
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
        <LostNotice />
        {live.value === undefined ? <Notice title={admin.connecting} isWhole /> : <Screen state={live.value} />}
      </main>
      <OrderDialog />
      <OrderOutcome />
    </>
  )
}

function titleOf(name: ScreenName): string {
  const { admin } = words.value
  const { users, settings } = adminWords.value
  return {
    live: admin.live,
    sources: admin.sources,
    events: admin.events,
    users: users.title,
    settings: settings.screen,
  }[name]
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
