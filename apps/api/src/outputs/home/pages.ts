import { Eta } from 'eta'

/** The templates of this folder. */
export const pages = new Eta({ views: import.meta.dirname, cache: true })
