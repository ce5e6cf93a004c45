import { ElementParser, textOf } from './element-tree.ts'
import type { Programme } from './model.ts'
import { firstText } from './read-programme.ts'

/** What a page shows of a programme. */
type ProgrammeDescription = {
  readonly title: string
  readonly subTitle?: string
  readonly description?: string
  readonly categories: readonly string[]
}

const parser = new ElementParser()

/** Reads the texts out of a programme's body, as `readProgramme` wrote it. */
export function describeProgramme({ body }: Pick<Programme, 'body'>): ProgrammeDescription {
  const element = parser.parse(`<programme>${body}</programme>`)
  if (element === undefined) return { title: '', categories: [] }
  const subTitle = firstText(element, 'sub-title')
  const description = firstText(element, 'desc')
  return {
    title: firstText(element, 'title') ?? '',
    ...(subTitle === undefined ? {} : { subTitle }),
    ...(description === undefined ? {} : { description }),
    categories: element.children.flatMap((child) =>
      typeof child !== 'string' && child.name === 'category' ? [textOf(child)] : [],
    ),
  }
}
