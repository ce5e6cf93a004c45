import { findFreePort, findFreePorts, type StartedProcess, startProcess } from '@kptv/testkit'

const SUPERVISOR = new URL('../src/main.ts', import.meta.url)

/** The fields of a process's `/status` that tests read. */
export type ProcessStatus = { readonly pid: number; readonly incarnation: string; readonly viewers: number }

export type SupervisedNode = {
  /** The supervisor; its group holds the edge processes as well. */
  readonly supervisor: StartedProcess
  /** `http://127.0.0.1:port`, shared by all edge processes. */
  readonly url: string
  /** Of the edge process with this number, from 1 on. Throws while it does not answer. */
  status(number?: number): Promise<ProcessStatus>
  [Symbol.asyncDispose](): Promise<void>
}

/** A supervisor with its edge processes, as in production; resolves when all of them serve. */
export async function startSupervisedNode(options: {
  readonly redisUrl: string
  readonly processes?: number
  readonly settings?: Readonly<Record<string, string>>
}): Promise<SupervisedNode> {
  const { redisUrl, processes = 1, settings } = options
  const port = await findFreePort()
  const adminPort = (await findFreePorts(processes))[0]!
  const supervisor = await startProcess({
    file: SUPERVISOR,
    name: 'supervisor',
    env: {
      SOURCES: 'http://127.0.0.1:9/nobody-listens.m3u|1',
      NODE_ID: 'edge-1',
      REDIS_URL: redisUrl,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      EDGE_PROCESSES: String(processes),
      ...settings,
    },
  })
  const status = async (number = 1): Promise<ProcessStatus> => {
    const answer = await fetch(`http://127.0.0.1:${adminPort + number - 1}/status`)
    return (await answer.json()) as ProcessStatus
  }
  for (let number = 1; number <= processes; number += 1) {
    await supervisor.waitForPort(adminPort + number - 1, { deadlineMs: 60_000 })
  }
  return {
    supervisor,
    url: `http://127.0.0.1:${port}`,
    status,
    async [Symbol.asyncDispose]() {
      supervisor.kill('SIGINT')
      await supervisor.stop()
    },
  }
}

/** Whether the process with this id is gone. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
