import { escapeXml } from './entities.ts'
import type { Programme } from './model.ts'
import { formatTime } from './parse-time.ts'

/** A channel as our guide names it. */
type WrittenChannel = {
  /** The `tvg-id` of the playlist, so that players find it. */
  readonly id: string
  readonly names: readonly string[]
  readonly icon?: string
}

export const XMLTV_HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv generator-info-name="kptv-proxy">\n'
export const XMLTV_TAIL = '</tv>\n'

/** All channels come before all programmes, as the DTD wants it. */
export function writeChannel({ id, names, icon }: WrittenChannel): string {
  const displayNames = names.map((name) => `<display-name>${escapeXml(name)}</display-name>`).join('')
  const image = icon === undefined ? '' : `<icon src="${escapeXml(icon)}"/>`
  return `<channel id="${escapeXml(id)}">${displayNames}${image}</channel>\n`
}

/** @param channelId As given to `writeChannel`. */
export function writeProgramme(channelId: string, { startMs, stopMs, body }: Programme): string {
  const times = `start="${formatTime(startMs)}" stop="${formatTime(stopMs)}"`
  return `<programme ${times} channel="${escapeXml(channelId)}">${body}</programme>\n`
}
