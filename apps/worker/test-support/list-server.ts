import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Serves lists by path; the answer of a path can be changed at any time. */
export async function startListServer() {
  const answers = new Map<string, Answer>()
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://h').pathname
    requests.push(path)
    const answer = answers.get(path)
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    requests,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    /** From now on this path has this body. */
    serve(path: string, body: string, headers: Record<string, string> = {}) {
      answers.set(path, (_request, response) => response.writeHead(200, headers).end(body))
    },
    /** From now on this path sends this much and then hangs. */
    serveAndHang(path: string, body: string) {
      answers.set(path, (_request, response) => void response.writeHead(200).write(body))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A list with `count` channels; the addresses hold user and password as panels write them. */
export function exampleList(count: number, { name = 'Channel', login = 'user/pass', host = 'http://h.example' } = {}) {
  const lines = ['#EXTM3U url-tvg="http://h.example/xmltv.php?username=user&password=pass"']
  for (let number = 1; number <= count; number += 1) {
    const tags = `tvg-id="id${number}" tvg-name="${name} ${number}" tvg-chno="${number}" group-title="All" x-own="v,${number}"`
    lines.push(`#EXTINF:-1 ${tags},${name} ${number}`, `${host}/live/${login}/${number}.ts`)
  }
  return `${lines.join('\n')}\n`
}
