// cspell:disable
import type { Reasons } from './reasons.ts'
import type { Sentences } from './sentences.ts'
import { withoutStop } from './without-stop.ts'

export const GERMAN_REASONS: Reasons = {
  stalled: 'schickt nichts mehr',
  'cut-off': 'hat die Verbindung abgebrochen',
  trickle: 'schickt zu wenig',
  'no-media': 'schickt keine Medien',
  'no-tables': 'schickt keine Programmtabellen',
  'no-join-point': 'schickt nichts, womit ein Player beginnen kann',
  'null-packets': 'schickt nur leere Pakete',
  'repeated-clip': 'wiederholt denselben Ausschnitt',
  'ended-early': 'hat zu früh geendet',
  unauthorized: 'lehnt den Login ab',
  forbidden: 'verweigert den Zugang',
  'account-refused': 'lehnt das Konto ab',
  'limit-reached': 'meldet, dass die Grenze erreicht ist',
  'too-many-requests': 'bittet um weniger Anfragen',
  'counted-late': 'zählt die vorige Verbindung noch',
  'not-found': 'hat ihn nicht mehr',
  gone: 'hat ihn nicht mehr',
  'connection-refused': 'nimmt keine Verbindung an',
  'connection-reset': 'hat die Verbindung zurückgesetzt',
  'connect-timeout': 'antwortet nicht rechtzeitig',
  'response-timeout': 'antwortet nicht rechtzeitig',
  'dns-not-found': 'hat einen Namen, den es nicht gibt',
  'dns-failed': 'hat einen Namen, der sich nicht auflösen lässt',
  'tls-untrusted': 'hat ein Zertifikat, dem nicht vertraut wird',
  unreachable: 'ist nicht erreichbar',
  'provider-error': 'meldet einen Fehler',
  unavailable: 'ist nicht verfügbar',
  'hls-stalled': 'nennt keine neuen Segmente',
  'hls-segments-missing': 'hat Segmente nicht, die in der Liste stehen',
  'no-playable-stream': 'kein Stream lässt sich abspielen',
  'streams-failing': 'alle Streams schlagen fehl',
  'streams-blocked': 'alle Streams sind zu oft fehlgeschlagen',
  'streams-quarantined': 'seine Streams haben Prozesse zum Absturz gebracht',
  'sources-full': 'alle Verbindungen sind belegt',
  'sources-resting': 'die Anbieter nehmen keine Verbindung an',
  'coordination-unavailable': 'Redis antwortet nicht',
}

const reasonOf = (code: string): string => GERMAN_REASONS[code] ?? `ist fehlgeschlagen (${code})`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).replace('.', ',')} s`

const ORDERS: Readonly<Record<string, string>> = {
  'next-source': 'die nächste Quelle',
  stop: 'das Ende',
  'end-viewer': 'das Ende eines Zuschauers',
  'move-leader': 'einen anderen führenden Knoten',
  'unblock-stream': 'das Ende der Sperre eines Streams',
  'read-list': 'ein neues Lesen der Liste',
  'accept-list': 'die zurückgestellte Liste',
  drain: 'das geordnete Ende',
}

export const de: Sentences = {
  'stream-failed': ({ channelName, sourceName, code }) => `${channelName}: ${sourceName} ${reasonOf(code)}.`,
  'stream-changed': ({ channelName, fromSourceName, sourceName, afterMs }, node) =>
    afterMs === undefined
      ? `${channelName}: spielt ${sourceName} auf ${node}, vorher war es ${fromSourceName}.`
      : fromSourceName === sourceName
        ? `${channelName}: ${sourceName} läuft wieder auf ${node}, nach ${seconds(afterMs)}.`
        : `${channelName}: weiter mit ${sourceName} auf ${node}, ${seconds(afterMs)} nach dem Ausfall von ${fromSourceName}.`,
  'channel-failed': ({ channelName, code }) =>
    `${channelName} endete für seine Zuschauer: ${GERMAN_REASONS[code] ?? code}.`,
  'channel-taken-over': ({ channelName }, node) =>
    `${channelName}: ${node} führt jetzt, für einen Knoten, der ging oder verstummte.`,
  'conversion-failed': ({ channelName }, node) =>
    `${channelName}: ffmpeg ist auf ${node} beim Umpacken in fMP4 gescheitert und wird neu gestartet.`,
  'list-read': ({ sourceName, entries, before, lostGroups = [] }) =>
    before === 0
      ? `${sourceName}: die erste Liste wurde gelesen, mit ${entries} Einträgen.`
      : `${sourceName}: eine Liste mit ${entries} Einträgen wurde gelesen, vorher waren es ${before}.${lostGroups.length === 0 ? '' : ` Gruppen, die fehlen: ${lostGroups.join(', ')}.`}`,
  alarm: ({ sourceName, message }) => `Alarm, ${sourceName}: ${withoutStop(message)}.`,
  'alarm-over': ({ sourceName }) => `${sourceName} ist wieder in Ordnung.`,
  'guide-read': ({ guideName, programmes }) =>
    `${guideName}: ein Programmführer mit ${programmes} Sendungen wurde gelesen.`,
  'guide-alarm': ({ guideName, message }) => `Alarm, Programmführer ${guideName}: ${withoutStop(message)}.`,
  'guide-alarm-over': ({ guideName }) => `Der Programmführer ${guideName} ist wieder in Ordnung.`,
  login: ({ who, address, outcome }, node) => {
    const forWhat = who === 'operator' ? 'für den Betrieb' : 'zum Zuschauen'
    return outcome === 'right'
      ? `Anmeldung ${forWhat} von ${address}, bei ${node}.`
      : `Falsche Anmeldung ${forWhat} von ${address}, bei ${node}.`
  },
  order: ({ order, outcome, address, channelName, sourceName, target }, node) => {
    const about = channelName ?? sourceName ?? target
    const what = `${ORDERS[order] ?? order}${about === undefined ? '' : ` für ${about}`}`
    return `Von ${address} kam bei ${node} ein Auftrag: ${what}${outcome === 'done' ? '.' : `; abgelehnt: ${outcome}.`}`
  },
  'webhook-failed': ({ webhook, status, code = '', isFinal }) =>
    `Der Webhook ${webhook} ${status === undefined ? `ist nicht erreichbar (${code})` : `antwortete ${status}`}${isFinal ? ', deshalb kam eine Meldung nicht an.' : '; die Meldung wird später noch einmal geschickt.'}`,
  'node-started': ({ version }, node) => `${node} ist gestartet (${version}).`,
  'node-drains': (_, node) => `${node} wird geordnet beendet.`,
  'node-stopped': (_, node) => `${node} ist geordnet beendet.`,
  'node-gone': ({ reason }, node) => (reason === undefined ? `${node} ist verstummt.` : `${node} ist weg: ${reason}.`),
}
