import { useEffect } from 'preact/hooks'
import { route } from '../parts/navigation.ts'
import { PageHead } from '../parts/page-head.tsx'
import { addressOf } from '../parts/route.ts'
import { CornerPlayer } from '../player/corner-player.tsx'
import { words } from '../words/words.ts'
import { ChannelsScreen } from './channels-screen.tsx'
import { GuideScreen } from './guide-screen.tsx'
import { PlayersScreen } from './players-screen.tsx'
import { site } from './site.ts'

const SCREENS = { channels: ChannelsScreen, guide: GuideScreen, players: PlayersScreen }

type ScreenName = keyof typeof SCREENS

/** What anyone may see: channels, guide, links; a player that stays while one moves on. */
export function WatchPage() {
  const { parts } = words.value
  const current = screenOf(route.value.screen)
  const Screen = SCREENS[current]
  useEffect(() => {
    document.title = `${parts[current]} · KPTV`
  }, [current, parts])
  const links = (Object.keys(SCREENS) as ScreenName[]).map((name) => ({ address: addressOf(name), text: parts[name] }))
  const operation = site.value.answer?.admin ? [{ address: 'admin', text: parts.operation }] : []
  return (
    <>
      <PageHead links={[...links, ...operation]} current={addressOf(current)} />
      <main id="content" tabIndex={-1}>
        <Screen />
      </main>
      <CornerPlayer />
    </>
  )
}

function screenOf(name: string): ScreenName {
  return Object.hasOwn(SCREENS, name) ? (name as ScreenName) : 'channels'
}
