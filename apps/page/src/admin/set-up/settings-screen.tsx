import type { AdminSettings } from '@kptv/contract'
import { signal } from '@preact/signals'
import { ColumnTitles } from '../../parts/column-titles.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { FilterText } from '../../parts/filter-text.tsx'
import { route } from '../../parts/navigation.ts'
import { Notice, Problem } from '../../parts/notice.tsx'
import { createRemote } from '../../parts/remote.ts'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import { edgeNow } from '../live.ts'
import { isLoggedIn } from '../session.ts'
import { reportOf } from './report.ts'

const answer = createRemote<AdminSettings>(() =>
  route.value.screen === 'settings' && isLoggedIn.value ? 'admin/settings' : undefined,
)

const filter = signal({ text: '', onlySet: false })

/** How the edge that serves this page is set up. */
export function SettingsScreen() {
  const { settings: texts } = adminWords.value
  const { answer: known, error } = answer.value
  if (known === undefined)
    return error === undefined ? <p class="muted">{words.value.list.loading}</p> : <Problem error={error} isWhole />
  return (
    <div class="settings-screen">
      <div class="list-head">
        <h1>{texts.title(known.node.name)}</h1>
        <CopyButton text={reportOf(known)} label={texts.copyReport} />
      </div>
      <NodeFacts node={known.node} />
      <Filter />
      <Table settings={known.settings} />
    </div>
  )
}

function NodeFacts({ node }: { readonly node: AdminSettings['node'] }) {
  const { settings: texts } = adminWords.value
  const { megabytes, duration, whole } = format.value
  const facts = {
    [texts.facts.version]: node.version,
    [texts.facts.runs]: duration(edgeNow() - node.startedAt),
    [texts.facts.program]: node.program,
    [texts.facts.system]: `${node.system} · ${texts.processors(whole(node.processors), node.processors === 1)}`,
    [texts.facts.memory]: `${megabytes(node.memoryBytes)} ${words.value.units.megabytes}`,
    Redis: node.redis ?? texts.redisAway,
    ffmpeg: texts.ffmpeg[node.ffmpeg],
  }
  return (
    <dl class="facts tile">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt class="muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Filter() {
  const { settings: texts } = adminWords.value
  const change = (part: Partial<typeof filter.value>): void => {
    filter.value = { ...filter.peek(), ...part }
  }
  return (
    <div class="filters settings-filter">
      <FilterText label={texts.search} value={filter.value.text} onInput={(text) => change({ text })} />
      <label class="filter">
        <input
          type="checkbox"
          checked={filter.value.onlySet}
          onChange={(event) => change({ onlySet: event.currentTarget.checked })}
        />
        {texts.onlySet}
      </label>
    </div>
  )
}

function Table({ settings }: Pick<AdminSettings, 'settings'>) {
  const { settings: texts } = adminWords.value
  const { text, onlySet } = filter.value
  const wanted = text.trim().toLowerCase()
  const rows = settings.filter(
    ({ name, meaning, isSet }) => (isSet || !onlySet) && `${name} ${meaning}`.toLowerCase().includes(wanted),
  )
  if (rows.length === 0) return <Notice title={texts.none} />
  return (
    <table class="table settings-table">
      <thead>
        <tr>
          <ColumnTitles titles={[texts.name, texts.value, texts.meaning]} />
        </tr>
      </thead>
      <tbody>
        {rows.map((setting) => (
          <tr key={setting.name} class={setting.isSet ? 'is-set' : undefined}>
            <th scope="row">
              <strong>{setting.name}</strong>
            </th>
            <td>
              <Value setting={setting} />
            </td>
            <td lang="en">{withCode(setting.meaning)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Value({ setting }: { readonly setting: AdminSettings['settings'][number] }) {
  const { settings: texts } = adminWords.value
  const { value, isSet, default: fallback } = setting
  if (!isSet) return <span class="muted">{fallback ?? texts.unset}</span>
  const isHidden = value === null
  return (
    <>
      {isHidden ? <span aria-hidden="true">••••••</span> : <code>{value}</code>}
      {isHidden && <span class="muted">{texts.secret}</span>}
      {!isHidden && fallback !== null && <span class="muted">{texts.default(fallback)}</span>}
    </>
  )
}

/** Code between backticks, as in the documents. */
function withCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={`${index}-${part}`}>{part}</code> : part))
}
