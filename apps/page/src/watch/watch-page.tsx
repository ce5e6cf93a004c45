import { useEffect } from 'preact/hooks'
import { LoginForm } from '../parts/login-form.tsx'
import { route } from '../parts/navigation.ts'
import { Problem } from '../parts/notice.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { addressOf } from '../parts/route.ts'
import { CornerPlayer } from '../player/corner-player.tsx'
import { words } from '../words/words.ts'
import { ChannelsScreen } from './channels-screen.tsx'
import { GuideScreen } from './guide-screen.tsx'
import { PlayersScreen } from './players-screen.tsx'
import { site } from './site.ts'
import { logIn, logOut, mayWatch, viewer, viewerProblem } from './viewer.ts'

const SCREENS = { channels: ChannelsScreen, guide: GuideScreen, players: PlayersScreen }

type ScreenName = keyof typeof SCREENS

/** What viewers see: channels, guide, links; a player that stays while one moves on. */
export function WatchPage() {
  const { parts } = words.value
  const current = screenOf(route.value.screen)
  const Screen = SCREENS[current]
  useEffect(() => {
    document.title = `${parts[current]} · KPTV`
  }, [current, parts])
  const links = (Object.keys(SCREENS) as ScreenName[]).map((name) => ({ address: addressOf(name), text: parts[name] }))
  const operation = site.value.answer?.admin ? [{ address: 'admin', text: parts.operation }] : []
  if (!mayWatch.value) return <Door />
  return (
    <>
      <PageHead links={[...links, ...operation]} current={addressOf(current)}>
        <LoggedIn />
      </PageHead>
      <main id="content" tabIndex={-1}>
        <Screen />
      </main>
      <CornerPlayer />
    </>
  )
}

/** Until it is known who watches. */
function Door() {
  const { login } = words.value
  return (
    <>
      <PageHead links={[]} current="" />
      <main id="content" tabIndex={-1}>
        {viewer.value !== undefined && (
          <LoginForm title={login.viewers} help={login.viewersHelp} hasName="optional" onSubmit={logIn} />
        )}
        {viewerProblem.value !== undefined && <Problem error={viewerProblem.value} isWhole />}
      </main>
    </>
  )
}

function LoggedIn() {
  const { login } = words.value
  if (viewer.value?.login !== 'done') return null
  return (
    <>
      <span class="muted">{viewer.value.name}</span>
      <button type="button" class="button" onClick={() => void logOut()}>
        {login.logOut}
      </button>
    </>
  )
}

function screenOf(name: string): ScreenName {
  return Object.hasOwn(SCREENS, name) ? (name as ScreenName) : 'channels'
}
