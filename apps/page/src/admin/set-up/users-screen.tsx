import type { AdminUsers, ShownUser } from '@kptv/contract'
import { signal } from '@preact/signals'
import { ColumnTitles } from '../../parts/column-titles.tsx'
import { FilterText } from '../../parts/filter-text.tsx'
import { route } from '../../parts/navigation.ts'
import { Notice, Problem } from '../../parts/notice.tsx'
import { createRemote } from '../../parts/remote.ts'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import { isLoggedIn } from '../session.ts'

const EVERY_MS = 5_000

const wanted = signal('')

const users = createRemote<AdminUsers>(
  () =>
    route.value.screen === 'users' && isLoggedIn.value
      ? `admin/users?${new URLSearchParams({ q: wanted.value })}`
      : undefined,
  { everyMs: EVERY_MS },
)

/** Who may watch, as the users file has it. */
export function UsersScreen() {
  const { users: texts } = adminWords.value
  const { answer, error } = users.value
  if (answer === undefined)
    return error === undefined ? <p class="muted">{words.value.list.loading}</p> : <Problem error={error} isWhole />
  if (answer.isOpen) return <Notice title={texts.open} help={texts.openHelp} isWhole />
  return (
    <div class="users-screen">
      <div class="list-head">
        <h1>{texts.title}</h1>
        <FilterText label={texts.search} value={wanted.value} onInput={(text) => (wanted.value = text)} />
      </div>
      {error !== undefined && <Problem error={error} />}
      {answer.problems.map((problem) => (
        <p key={problem} class="verdict bad">
          {problem}
        </p>
      ))}
      {answer.users.length === 0 ? <Notice title={texts.none} /> : <Table answer={answer} />}
    </div>
  )
}

function Table({ answer }: { readonly answer: AdminUsers }) {
  const { users: texts } = adminWords.value
  const { whole } = format.value
  const more = answer.matching - answer.users.length
  return (
    <>
      <table class="table">
        <thead>
          <tr>
            <ColumnTitles
              titles={[texts.user, texts.streams, texts.priority, texts.login, texts.tokens, texts.sees, texts.end]}
            />
          </tr>
        </thead>
        <tbody>
          {answer.users.map((user) => (
            <User key={user.name} user={user} />
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="muted">{texts.more(whole(more))}</p>}
    </>
  )
}

function User({ user }: { readonly user: ShownUser }) {
  const { users: texts } = adminWords.value
  const { name, login, tokens, networks, seesAll, ended } = user
  return (
    <tr>
      <th scope="row">
        <strong>{name}</strong>
        {user.role === 'admin' && <span class="muted">{texts.operator}</span>}
        <span class={ended ? 'bad' : 'good'}>{ended ? `▲ ${texts.ended}` : `● ${texts.active}`}</span>
      </th>
      <td data-title={texts.streams}>
        <Streams user={user} />
      </td>
      <td data-title={texts.priority}>{format.value.whole(user.priority)}</td>
      <td data-title={texts.login}>{texts.logins[login]}</td>
      <td data-title={texts.tokens}>
        <span class="chips">
          {tokens.length === 0 && <span class="muted">–</span>}
          {tokens.map((token) => (
            <span key={token.label} class="chip">
              {token.label}
              {token.end !== null && <Ends at={token.end} ended={token.ended} />}
            </span>
          ))}
        </span>
      </td>
      <td data-title={texts.sees}>
        <span>
          {seesAll ? texts.everything : texts.part}
          {networks.length > 0 && <span class="muted">{` · ${networks.join(', ')}`}</span>}
        </span>
      </td>
      <td data-title={texts.end}>
        {user.end === null ? <span class="muted">–</span> : <Ends at={user.end} ended={ended} />}
      </td>
    </tr>
  )
}

function Streams({ user: { streams } }: { readonly user: ShownUser }) {
  const { users: texts } = adminWords.value
  const { whole } = format.value
  const { now, limit, onLimit } = streams
  const isFull = now !== null && limit !== null && now >= limit
  return (
    <span>
      <span class={isFull ? 'warn' : undefined}>
        {texts.ofStreams(now === null ? '?' : whole(now), limit === null ? '∞' : whole(limit))}
      </span>
      {limit !== null && <span class="user-limit muted">{texts.onLimit[onLimit]}</span>}
    </span>
  )
}

function Ends({ at, ended }: { readonly at: number; readonly ended: boolean }) {
  const { users: texts } = adminWords.value
  // A day that is named includes its evening.
  const day = format.value.date(at - 1)
  return <span class={ended ? 'bad' : 'muted'}>{` ${ended ? texts.endedOn(day) : texts.endsOn(day)}`}</span>
}
