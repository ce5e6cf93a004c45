import type { ImportsAnswer } from '@kptv/contract'
import { computed } from '@preact/signals'
import { Notice } from '../parts/notice.tsx'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { isListEmpty } from './channel-list.ts'
import { createViewerRemote } from './viewer.ts'

const EVERY_MS = 3_000

/** Asked while there are no channels only. */
const imports = createViewerRemote<ImportsAnswer>(() => (isListEmpty.value ? 'api/imports' : undefined), {
  everyMs: EVERY_MS,
})

const reason = computed((): 'unknown' | 'none' | 'running' | 'failed' | 'empty' => {
  const { answer } = imports.value
  if (answer === undefined) return 'unknown'
  if (answer.sources === 0) return 'none'
  if (answer.running > 0) return 'running'
  return answer.failed > 0 ? 'failed' : 'empty'
})

/** Why there are no channels yet, and what helps. */
export function EmptyCatalog() {
  const { list } = words.value
  const { whole } = format.value
  const entries = imports.value.answer?.entries ?? 0
  const { title, help } = list.noChannels[reason.value]
  return (
    <Notice title={title} help={help} isWhole>
      {reason.value === 'running' && (
        <>
          <p aria-live="polite">{list.readSoFar(whole(entries))}</p>
          <span class="progress progress-open" aria-hidden="true">
            <span />
          </span>
        </>
      )}
    </Notice>
  )
}
