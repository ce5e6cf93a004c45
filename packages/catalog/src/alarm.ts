/** `code` is for machines, `message` one sentence for people, `since` ISO 8601 in UTC. */
export type Alarm = { readonly code: string; readonly message: string; readonly since: string }
