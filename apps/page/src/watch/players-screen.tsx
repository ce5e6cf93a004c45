import { useState } from 'preact/hooks'
import { CopyButton } from '../parts/copy-button.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { words } from '../words/words.ts'
import { groups } from './channel-list.ts'
import { tunerOf, withGroup } from './player-links.ts'
import { site } from './site.ts'

/** Addresses for players elsewhere, of all channels or one group. */
export function PlayersScreen() {
  const { players, list } = words.value
  const [group, setGroup] = useState('')
  const links = site.value.answer?.links
  return (
    <div class="players-screen">
      <h1>{players.title}</h1>
      <p class="muted">{players.help}</p>
      <label class="field">
        {players.group}
        <select value={group} onChange={(event) => setGroup(event.currentTarget.value)}>
          <option value="">{list.allGroups}</option>
          {groups.value.answer?.groups.map(({ name }) => (name === '' ? null : <option key={name}>{name}</option>))}
        </select>
      </label>
      {links && (
        <div class="cards">
          <LinkCard title={players.playlist} help={players.playlistHelp} address={withGroup(links.playlist, group)} />
          <LinkCard title={players.guide} help={players.guideHelp} address={withGroup(links.guide, group)} />
          <LinkCard title={players.tuner} help={players.tunerHelp} address={tunerOf(links.tuner, group)} />
        </div>
      )}
    </div>
  )
}

function LinkCard({
  title,
  help,
  address,
}: {
  readonly title: string
  readonly help: string
  readonly address: string
}) {
  const { players } = words.value
  return (
    <section class="card link-card">
      <div>
        <h2>{title}</h2>
        <p class="muted">{help}</p>
        <code>{address}</code>
        <CopyButton text={address} />
      </div>
      <figure>
        <QrCode text={address} label={players.qr(title)} />
        <figcaption class="muted">{players.scan}</figcaption>
      </figure>
    </section>
  )
}
