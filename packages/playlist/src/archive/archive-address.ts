import { FLUSSONIC_LIVE, type StreamArchive, XTREAM_LIVE } from './stream-archive.ts'
import { type TimeParts, zonedTime } from './zoned-time.ts'

/** A part of the past. */
export type ArchiveWindow = { readonly startMs: number; readonly endMs: number; readonly nowMs: number }

type ArchivedStream = {
  /** Of the live stream. */
  readonly url: string
  readonly archive: StreamArchive
  /** Of the provider's clock. */
  readonly zone: string
}

/** Whether the provider still has the beginning. */
export function reachesBack({ days }: StreamArchive, { startMs, nowMs }: ArchiveWindow): boolean {
  return startMs >= nowMs - days * DAY_MS && startMs < nowMs
}

/**
 * Where the provider plays a part of the past; `undefined`: the address of the stream has not the
 * form that its kind of archive needs.
 */
export function archiveAddress({ url, archive, zone }: ArchivedStream, window: ArchiveWindow): string | undefined {
  const { kind, source = '', correctionMs = 0 } = archive
  const [startMs, endMs] = [window.startMs + correctionMs, window.endMs + correctionMs]
  const moved = { startMs, endMs, nowMs: window.nowMs }
  switch (kind) {
    case 'template':
      return fillTemplate(source, moved, zone)
    case 'append':
      return url + fillTemplate(source, moved, zone)
    case 'shift':
      return withQuery(url, `utc=${seconds(startMs)}&lutc=${seconds(window.nowMs)}`)
    case 'flussonic':
      return flussonicAddress(url, moved)
    case 'xtream':
      return xtreamAddress(url, moved, zone)
  }
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/**
 * Placeholders as Kodi has them: `{utc}`, `${start}`, `{Y}`, `{duration:60}`, `{utc:YmdHMS}`.
 * Others stay as they are, since sealed parts look alike.
 */
export function fillTemplate(template: string, window: ArchiveWindow, zone: string): string {
  const { startMs, endMs, nowMs } = window
  const start = zonedTime(startMs, zone)
  return template.replace(PLACEHOLDER, (whole: string, name: string, form: string | undefined) => {
    switch (name) {
      case 'utc':
      case 'start':
        return moment(startMs, form, zone)
      case 'utcend':
      case 'end':
        return moment(endMs, form, zone)
      case 'lutc':
      case 'now':
      case 'timestamp':
        return moment(nowMs, form, zone)
      case 'duration':
        return divided(endMs - startMs, form)
      case 'offset':
        return divided(nowMs - startMs, form)
      default:
        return isPart(name) && form === undefined ? start[name] : whole
    }
  })
}

const PLACEHOLDER = /\$?\{([A-Za-z]+)(?::([^{}]*))?\}/g

function isPart(name: string): name is keyof TimeParts {
  return /^[YmdHMS]$/.test(name)
}

/** In seconds, or in a form such as `Y-m-d:H-M`. */
function moment(atMs: number, form: string | undefined, zone: string): string {
  if (form === undefined) return seconds(atMs)
  const parts = zonedTime(atMs, zone)
  return form.replace(/[YmdHMS]/g, (name) => parts[name as keyof TimeParts])
}

/** Whole seconds, or the form says how many of them make one. */
function divided(ms: number, form: string | undefined): string {
  const divisor = Number(form ?? 1)
  return String(Math.floor(ms / 1000 / (divisor > 0 ? divisor : 1)))
}

function flussonicAddress(url: string, { startMs, endMs }: ArchiveWindow): string | undefined {
  const [, folder, stream, list, query = ''] = FLUSSONIC_LIVE.exec(url) ?? []
  if (folder === undefined) return undefined
  const range = `${seconds(startMs)}-${divided(endMs - startMs, undefined)}`
  return stream === undefined ? `${folder}${list}-${range}.m3u8${query}` : `${folder}archive-${range}.ts${query}`
}

/** `/timeshift/<user>/<password>/<minutes>/<local time>/<number>.ts` */
function xtreamAddress(url: string, { startMs, endMs }: ArchiveWindow, zone: string): string | undefined {
  const [, host, user, password, number] = XTREAM_LIVE.exec(url) ?? []
  if (host === undefined) return undefined
  const minutes = Math.max(1, Math.ceil((endMs - startMs) / MINUTE_MS))
  return `${host}/timeshift/${user}/${password}/${minutes}/${moment(startMs, 'Y-m-d:H-M', zone)}/${number}.ts`
}

function withQuery(url: string, query: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000))
}
