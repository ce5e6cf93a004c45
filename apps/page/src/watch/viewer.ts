import type { ViewerSessionAnswer } from '@kptv/contract'
import { computed, effect, signal } from '@preact/signals'
import { createRemote, type RemoteOptions } from '../parts/remote.ts'
import { postJson, type RequestError, requestJson } from '../parts/request.ts'

/** Who watches; undefined until it is known. */
export const viewer = signal<ViewerSessionAnswer | undefined>(undefined)

/** Why it is not known. */
export const viewerProblem = signal<RequestError | undefined>(undefined)

export const mayWatch = computed(() => viewer.value !== undefined && viewer.value.login !== 'required')

const RETRY_MS = 3_000
/** Links for players may be opened in a browser too: `…/link/<token>/`. */
const LINK = /link\/[^/]+\/.*$/

/** Asks the edge, until it answers. */
export async function readViewer(): Promise<void> {
  try {
    const answer = await requestJson<ViewerSessionAnswer>('api/session')
    // The token of the link is no longer valid, and would go with the login too.
    if (answer.login === 'required' && LINK.test(location.pathname)) {
      return location.replace(location.pathname.replace(LINK, '') + location.hash)
    }
    viewerProblem.value = undefined
    viewer.value = answer
  } catch (error) {
    viewerProblem.value = error as RequestError
    setTimeout(() => void readViewer(), RETRY_MS)
  }
}

/** Throws RequestError when the login is wrong. */
export async function logIn(login: { readonly name: string; readonly password: string }): Promise<void> {
  viewer.value = await postJson<ViewerSessionAnswer>('api/login', login)
}

/** Nothing that the viewer has seen stays on the screen. */
export async function logOut(): Promise<void> {
  await postJson<ViewerSessionAnswer>('api/logout', {})
  location.reload()
}

/** As {@link createRemote}, for what only a viewer may see. */
export function createViewerRemote<Answer>(addressOf: () => string | undefined, options?: RemoteOptions<Answer>) {
  const remote = createRemote<Answer>(() => (mayWatch.value ? addressOf() : undefined), options)
  effect(() => {
    // The access has ended since.
    if (remote.value.error?.status === 401) void readViewer()
  })
  return remote
}
