import { useEffect } from 'preact/hooks'
import { Icon } from '../../parts/icon.tsx'
import { adminWords } from '../../words/admin/admin-words.ts'
import { said } from './orders.ts'

/** A success says enough in this time; a failure stays until it is closed. */
const SHOWN_MS = 8_000

/** How the last order went, in a corner. */
export function OrderOutcome() {
  const outcome = said.value
  useEffect(() => {
    if (outcome === undefined || outcome.isBad) return undefined
    const timer = setTimeout(() => (said.value = undefined), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  return (
    <div class="order-outcome" role="status">
      {outcome && (
        <p class={outcome.isBad ? 'bad' : 'good'}>
          <Icon name={outcome.isBad ? 'alert' : 'check'} />
          <span>{outcome.text}</span>
          <button
            type="button"
            class="icon-button"
            aria-label={adminWords.value.dialog.close}
            onClick={() => (said.value = undefined)}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  )
}
