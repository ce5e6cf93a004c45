/**
 * `answer`, which is asked once for each text; after `most` different ones it starts afresh. Only for texts that are few and repeat, such as names of
 * attributes.
 */
export function remember<Answer>(most: number, answer: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    if (known.size >= most) known.clear()
    const now = answer(text)
    known.set(ownText(text), now)
    return now
  }
}

/**
 * The same text in memory of its own. What was cut out of a text keeps all of that in memory (V8 copies nothing), so what is kept of a list would keep the
 * list.
 */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}
