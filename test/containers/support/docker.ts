import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const APPS = ['api', 'worker', 'demo'] as const
/** Names of their services in docker-compose.yaml. */
const SERVICES = { api: 'kptv-proxy', worker: 'worker', demo: 'demo' } as const

export type ComposeProject = {
  /** Builds the images; under names that stay, so that the next run finds the layers again. */
  build(): void
  /**
   * Runs a command as a person types it at the root of the repository; `docker-compose` is the one
   * that is there.
   */
  shell(command: string): string
  up(...options: readonly string[]): void
  /** Names of the running containers of a service. */
  containers(service: string): readonly string[]
  /** Names of all that are healthy. */
  healthy(): readonly string[]
  inside(container: string, ...command: readonly string[]): string
  [Symbol.dispose](): void
}

/** The whole of `docker-compose.yaml` under its own project name. */
export function composeProject(name: string, env: Readonly<Record<string, string>>): ComposeProject {
  const compose = isThere('docker-compose') ? ['docker-compose'] : ['docker', 'compose']
  const variables = { ...process.env, ...env, COMPOSE_PROJECT_NAME: name }
  const run = ([command = '', ...commandArguments]: readonly string[]): string => {
    const options = { cwd: ROOT, env: variables, encoding: 'utf8' } as const
    const { status, stdout, stderr } = spawnSync(command, commandArguments, options)
    if (status !== 0) throw new Error(`${command} ${commandArguments.join(' ')}: ${stderr.slice(-2_000)}`)
    return stdout
  }
  // Both spellings that versions of compose give to the images of a project.
  const tagsOf = (app: (typeof APPS)[number]) => [`${name}_${SERVICES[app]}`, `${name}-${SERVICES[app]}`]
  const names = (...filters: readonly string[]): readonly string[] => {
    const all = [`label=com.docker.compose.project=${name}`, ...filters].flatMap((filter) => ['--filter', filter])
    return run(['docker', 'ps', ...all, '--format', '{{.Names}}'])
      .split('\n')
      .filter((line) => line !== '')
  }
  return {
    build() {
      for (const app of APPS) {
        const tags = [`kptv-test-${app}`, ...tagsOf(app)].flatMap((tag) => ['-t', tag])
        run(['docker', 'build', '--network', 'host', '-f', `Dockerfile.${app}`, ...tags, '.'])
      }
    },
    shell: (command) => run(['bash', '-c', command.replaceAll(/\bdocker-compose\b/g, compose.join(' '))]),
    up: (...options) => void run([...compose, 'up', '-d', '--no-build', ...options]),
    containers: (service) => names(`label=com.docker.compose.service=${service}`),
    healthy: () => names('health=healthy'),
    inside: (container, ...command) => run(['docker', 'exec', container, ...command]),
    [Symbol.dispose]() {
      run([...compose, 'down', '-v', '--remove-orphans'])
      run(['docker', 'rmi', '-f', ...APPS.flatMap(tagsOf)])
    },
  }
}

function isThere(command: string): boolean {
  return spawnSync(command, ['version'], { stdio: 'ignore' }).status === 0
}
