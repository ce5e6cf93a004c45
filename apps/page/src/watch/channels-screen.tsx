import type { ChannelPage } from '@kptv/contract'
import { Notice, Problem } from '../parts/notice.tsx'
import { Pager } from '../parts/pager.tsx'
import { addressOf } from '../parts/route.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { channelPage, listQuery } from './channel-list.ts'
import { ChannelRow } from './channel-row.tsx'
import { ChannelSearch } from './channel-search.tsx'
import { EmptyCatalog } from './empty-catalog.tsx'
import { GroupNav } from './group-nav.tsx'

export function ChannelsScreen() {
  return (
    <div class="channels-screen">
      <GroupNav />
      <section aria-label={words.value.parts.channels}>
        <ChannelSearch />
        <Channels />
      </section>
    </div>
  )
}

function Channels() {
  const { list } = words.value
  const { answer, error, isLoading } = channelPage.value
  if (answer === undefined)
    return error === undefined ? <p class="muted">{list.loading}</p> : <Problem error={error} isWhole />
  if (answer.channels.length === 0) return <NoChannels />
  const { q, group } = listQuery.value
  return (
    <>
      <ListHead answer={answer} />
      {error && <Problem error={error} />}
      <ul class="channels" aria-busy={isLoading}>
        {answer.channels.map((channel) => (
          <ChannelRow key={channel.id} channel={channel} />
        ))}
      </ul>
      <Pager page={answer.page} pages={answer.pages} addressOf={(page) => addressOf('channels', { q, group, page })} />
    </>
  )
}

function ListHead({ answer }: { readonly answer: ChannelPage }) {
  const { list } = words.value
  const { q, group } = listQuery.value
  const { whole } = format.value
  return (
    <div class="list-head">
      <h1 class="name">{group || list.allGroups}</h1>
      <p class="muted" aria-live="polite">
        {list.count(whole(answer.matching), answer.matching === 1)}
        {q !== '' && !answer.complete && ` · ${list.onlySearched(whole(answer.searched))}`}
      </p>
    </div>
  )
}

function NoChannels() {
  const { list } = words.value
  const { q, group } = listQuery.value
  if (q === '' && group === '') return <EmptyCatalog />
  return (
    <Notice title={list.noneFound} help={list.noneFoundHelp} isWhole>
      <a href={addressOf('channels')}>{list.clear}</a>
    </Notice>
  )
}
