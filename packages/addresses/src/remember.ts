/**
 * `answer` with a memory: each text is computed once. After `max` different texts it starts afresh.
 * Meant for a small set of texts that repeat, such as names of attributes.
 */
export function remember<Answer>(max: number, answer: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    if (known.size >= max) known.clear()
    // A copy of the text, because the answer may be a part of it.
    const own = ownText(text)
    const now = answer(own)
    known.set(own, now)
    return now
  }
}

/**
 * The same text with its own memory. V8 copies nothing when it cuts a piece out of a text, so a
 * piece that is kept would keep the whole text in memory, for example the list that it comes from.
 */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}
