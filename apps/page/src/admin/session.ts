import type { AdminSession } from '@kptv/contract'
import { computed, signal } from '@preact/signals'
import { postJson, requestJson } from '../parts/request.ts'

/** Whether the page may show the cluster; undefined until it is known. */
export const session = signal<AdminSession['login'] | undefined>(undefined)

/** Whether the edge answers this page. */
export const isLoggedIn = computed(() => session.value === 'unneeded' || session.value === 'done')

const RETRY_MS = 3_000

/** Asks the edge, until it answers. */
export async function readSession(): Promise<void> {
  try {
    session.value = (await requestJson<AdminSession>('admin/session')).login
  } catch {
    setTimeout(() => void readSession(), RETRY_MS)
  }
}

/**
 * Throws RequestError when the password is wrong.
 *
 * @param login.name of a user who is an operator; empty for the password of the installation
 */
export async function logIn({ name, password }: { readonly name: string; readonly password: string }): Promise<void> {
  const login = name === '' ? { password } : { name, password }
  session.value = (await postJson<AdminSession>('admin/login', login)).login
}

export async function logOut(): Promise<void> {
  session.value = (await postJson<AdminSession>('admin/logout', {})).login
}
