import type { SiteAnswer } from '@kptv/contract'
import { useState } from 'preact/hooks'
import { CopyButton } from '../parts/copy-button.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { words } from '../words/words.ts'
import { namedGroups } from './channel-list.ts'
import { type Part, tunerOf, withPart } from './player-links.ts'
import { site } from './site.ts'
import { viewer } from './viewer.ts'

/** Addresses for players elsewhere, of all channels or one group. */
export function PlayersScreen() {
  const { players } = words.value
  const [part, setPart] = useState<Part>({ group: '', output: '' })
  const links = site.value.answer?.links
  return (
    <div class="players-screen">
      <h1>{players.title}</h1>
      <p class="muted">{players.help}</p>
      <Choices part={part} onChange={setPart} />
      {links && <Links links={links} part={part} />}
    </div>
  )
}

function Choices({ part, onChange }: { readonly part: Part; readonly onChange: (part: Part) => void }) {
  const { players, list } = words.value
  return (
    <div class="filters">
      <label class="field">
        {players.group}
        <select value={part.group} onChange={(event) => onChange({ ...part, group: event.currentTarget.value })}>
          <option value="">{list.allGroups}</option>
          {namedGroups.value.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        {players.format}
        <select
          value={part.output}
          onChange={(event) => onChange({ ...part, output: event.currentTarget.value as Part['output'] })}
        >
          <option value="">{players.formats.ts}</option>
          <option value="hls">{players.formats.hls}</option>
        </select>
      </label>
    </div>
  )
}

function Links({ links, part }: { readonly links: SiteAnswer['links']; readonly part: Part }) {
  const { players } = words.value
  const { group } = part
  return (
    <div class="cards">
      <LinkCard title={players.playlist} help={players.playlistHelp} address={withPart(links.playlist, part)} />
      <LinkCard title={players.guide} help={players.guideHelp} address={withPart(links.guide, { group })} />
      <LinkCard title={players.tuner} help={players.tunerHelp} address={tunerOf(links.tuner, group)} />
      <LinkCard title={players.xtream} help={players.xtreamHelp(viewer.value?.name ?? null)} address={links.server} />
    </div>
  )
}

type LinkCardProps = { readonly title: string; readonly help: string; readonly address: string }

function LinkCard({ title, help, address }: LinkCardProps) {
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
