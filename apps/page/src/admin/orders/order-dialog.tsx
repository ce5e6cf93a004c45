import { useEffect, useRef, useState } from 'preact/hooks'
import { adminWords } from '../../words/admin/admin-words.ts'
import { type AskedOrder, asked, give } from './orders.ts'

/** Asks before an order does harm. */
export function OrderDialog() {
  const present = asked.value
  return present === undefined ? null : <Question wanted={present} />
}

function Question({ wanted }: { readonly wanted: AskedOrder }) {
  const { dialog: texts, orders } = adminWords.value
  const { button, title, help } = orders[wanted.order.order]
  const dialog = useRef<HTMLDialogElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  useEffect(() => openModal(dialog.current!), [])
  const confirm = async (): Promise<void> => {
    setBusy(true)
    const refused = await give(wanted)
    setBusy(false)
    setProblem(refused)
    if (refused === undefined) asked.value = undefined
  }
  return (
    <dialog
      ref={dialog}
      class="question"
      aria-labelledby="question-title"
      aria-describedby="question-help"
      onClose={() => (asked.value = undefined)}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBusy) void confirm()
        }}
      >
        <h2 id="question-title">{title(wanted.about)}</h2>
        <p id="question-help">{help}</p>
        <p class="bad" role="alert">
          {problem}
        </p>
        <div class="question-buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {texts.cancel}
          </button>
          <button type="submit" class="button button-strong" aria-disabled={isBusy}>
            {isBusy ? texts.busy : button}
          </button>
        </div>
      </form>
    </dialog>
  )
}

/** The browser keeps the focus inside, on the button that does nothing first, and gives it back. */
function openModal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement
  dialog.showModal()
  return () => {
    dialog.close()
    // The button may be gone together with the object of the order.
    if (!(before instanceof HTMLElement) || !before.isConnected) document.getElementById('content')?.focus()
  }
}
