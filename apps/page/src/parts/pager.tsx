import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { Icon } from './icon.tsx'

type PagerProps = {
  readonly page: number
  readonly pages: number
  readonly addressOf: (page: number) => string
}

export function Pager({ page, pages, addressOf }: PagerProps) {
  const { list } = words.value
  const { whole } = format.value
  if (pages <= 1) return null
  return (
    <nav class="pager" aria-label={list.page(whole(page), whole(pages))}>
      {page > 1 && (
        <a href={addressOf(page - 1)} rel="prev" aria-label={list.previousPage}>
          <Icon name="left" />
        </a>
      )}
      <span>{list.page(whole(page), whole(pages))}</span>
      {page < pages && (
        <a href={addressOf(page + 1)} rel="next" aria-label={list.nextPage}>
          <Icon name="right" />
        </a>
      )}
    </nav>
  )
}
