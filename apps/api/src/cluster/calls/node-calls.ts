import { randomUUID } from 'node:crypto'
import { type NodeAnswer, type NodeCall, type NodeQuestion, type NodeReply, nodeAnswer, nodeCall } from '@kptv/contract'
import type { Redis, RedisKeys } from '@kptv/redis'
import { parseJson } from '../parse-json.ts'

type NodeCallsOptions = {
  readonly redis: Pick<Redis, 'publish'>
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly self: () => { readonly incarnation: string; readonly node: string }
  /** The incarnations that are present. Throws when Redis is away. */
  readonly present: () => Promise<readonly string[]>
  /** The answer of this node. */
  readonly reply: (question: NodeQuestion) => NodeReply
  /** How long answers may take. */
  readonly patienceMs?: number
}

export type Answers = {
  readonly answers: readonly NodeAnswer[]
  /** Every node that is present has answered. */
  readonly isComplete: boolean
}

const PATIENCE_MS = 3_000

/** Questions to all edges of the cluster, this one among them. */
export class NodeCalls {
  readonly #options: NodeCallsOptions
  readonly #waiting = new Map<string, (answer: NodeAnswer) => void>()
  /** Not the incarnation: a process may get another one while answers are on their way. */
  readonly #caller = randomUUID()

  constructor(options: NodeCallsOptions) {
    this.#options = options
  }

  /** From now on this node answers. */
  async start(): Promise<void> {
    const { subscriber, keys } = this.#options
    const own = keys.nodeAnswers(this.#caller)
    subscriber.on('message', (name: string, text: string) => {
      if (name === keys.nodeQuestions) this.#answer(text)
      else if (name === own) this.#hear(text)
    })
    await subscriber.subscribe(keys.nodeQuestions, own)
  }

  /**
   * @param isEnough no further answer is needed
   * @returns the answers that came in time. Throws when Redis is away.
   */
  async ask(question: NodeQuestion, isEnough: (answer: NodeAnswer) => boolean = () => false): Promise<Answers> {
    const { redis, keys, present, patienceMs = PATIENCE_MS } = this.#options
    const expected = new Set(await present())
    const answers: NodeAnswer[] = []
    const call: NodeCall = { id: randomUUID(), from: this.#caller, question }
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, patienceMs)
    this.#waiting.set(call.id, (answer) => {
      answers.push(answer)
      expected.delete(answer.incarnation)
      if (expected.size === 0 || isEnough(answer)) resolve()
    })
    try {
      await redis.publish(keys.nodeQuestions, JSON.stringify(call))
      await over
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(call.id)
    }
    return { answers, isComplete: expected.size === 0 }
  }

  #answer(text: string): void {
    const { redis, keys, self, reply } = this.#options
    const { success, data: call } = nodeCall.safeParse(parseJson(text))
    // A newer version may ask what this one does not know: silence says so.
    if (!success) return
    const answer: NodeAnswer = { id: call.id, ...self(), reply: reply(call.question) }
    redis.publish(keys.nodeAnswers(call.from), JSON.stringify(answer)).catch(() => undefined)
  }

  #hear(text: string): void {
    const { success, data } = nodeAnswer.safeParse(parseJson(text))
    if (success) this.#waiting.get(data.id)?.(data)
  }
}
