/** What a receiver understands. */
const WEBHOOK_FORMATS = ['json', 'discord', 'slack', 'ntfy'] as const

type WebhookFormat = (typeof WEBHOOK_FORMATS)[number]

/** A receiver of events. Its address is a secret: it is all one needs to write there. */
export type Webhook = {
  /** Place in the list and host, such as `1-discord.com`: for logs and job data. */
  readonly id: string
  readonly format: WebhookFormat
  /** Without the login. */
  readonly url: string
  /** Value of the `Authorization` field. */
  readonly authorization?: string
}

const FORMAT_BY_HOST: ReadonlyArray<readonly [host: RegExp, format: WebhookFormat]> = [
  [/(?:^|\.)discord(?:app)?\.com$/, 'discord'],
  [/^hooks\.slack(?:-gov)?\.com$/, 'slack'],
  [/^ntfy\.sh$/, 'ntfy'],
]
const MAX_WEBHOOKS = 20
const ADDRESS = /^(?:(?<format>[a-z]+)\+)?(?<url>https?:\/\/\S+)$/i

/**
 * Addresses with white space between, each with its format in front unless its host determines it:
 * `ntfy+https://ntfy.example/topic`.
 *
 * @returns undefined when one is wrong, or there are none or too many
 */
export function parseWebhooks(text: string): readonly Webhook[] | undefined {
  const addresses = text.split(/\s+/).filter((address) => address !== '')
  const webhooks = addresses.map((address, index) => parseWebhook(address, index + 1))
  const isRight = webhooks.length > 0 && webhooks.length <= MAX_WEBHOOKS
  return isRight && webhooks.every((webhook) => webhook !== undefined) ? webhooks : undefined
}

function parseWebhook(address: string, place: number): Webhook | undefined {
  const { format: given, url: text = '' } = ADDRESS.exec(address)?.groups ?? {}
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const format = given === undefined ? formatOf(url) : WEBHOOK_FORMATS.find((one) => one === given.toLowerCase())
  if (format === undefined || url.hash !== '') return undefined
  // A topic is where ntfy publishes.
  if (format === 'ntfy' && url.pathname === '/') return undefined
  const authorization = basicLogin(url)
  url.username = ''
  url.password = ''
  const id = `${place}-${url.hostname.replace(/[^\w.-]/g, '-')}`
  return { id, format, url: url.href, ...(authorization !== undefined && { authorization }) }
}

function formatOf({ hostname }: URL): WebhookFormat {
  return FORMAT_BY_HOST.find(([host]) => host.test(hostname))?.[1] ?? 'json'
}

function basicLogin({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const login = [username, password].map(decode).join(':')
  return `Basic ${Buffer.from(login).toString('base64')}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A short part of a path, such as `api` or `v2`, is a word, not a secret. */
const MIN_SECRET = 6
const WORDS: ReadonlySet<string> = new Set(['webhook', 'webhooks', 'services', 'notify', 'hooks'])

/** Everything of these addresses that no log may show. */
export function secretsOfWebhooks(webhooks: readonly Webhook[]): string[] {
  return webhooks.flatMap(({ url, authorization }) => {
    const { pathname, search, searchParams } = new URL(url)
    const login = authorization === undefined ? [] : [authorization.slice('Basic '.length), ...loginOf(authorization)]
    const parts = pathname.split('/').flatMap((part) => [part, decode(part)])
    const whole = pathname === '/' ? search : pathname + search
    const ofAddress = [whole, ...parts, ...searchParams.values()].filter(
      (text) => text.length >= MIN_SECRET && !WORDS.has(text),
    )
    return [...login, ...ofAddress]
  })
}

function loginOf(authorization: string): string[] {
  const [user = '', ...password] = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':')
  return [user, password.join(':')]
}
