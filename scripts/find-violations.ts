import { posix } from 'node:path'
import {
  ALLOWED_IN_PURE,
  EDGE_STOREYS,
  MAX_FILE_LINES,
  MAX_LUA_LINES,
  RULES,
  type Rule,
  TEST_RULE,
  VAGUE_NAME,
} from './boundary-rules.ts'

/** A file of the repository; `path` is relative to its root, with `/`. */
export type SourceFile = { readonly path: string; readonly text: string }

/** All that a package.json names. */
type Manifest = { readonly runtime: readonly string[]; readonly development: readonly string[] }

/** Each by the folder it lies in. */
export type Manifests = ReadonlyMap<string, Manifest>

/** Folders of the root that are parts of the workspace: all they declare is for development. */
const NEVER_IN_THE_PRODUCT: ReadonlySet<string> = new Set(['test', 'bench'])

type Import = { readonly specifier: string; readonly typeOnly: boolean }

/**
 * Where files break the layout: who imports whom, cycles, length, names.
 *
 * @returns one sentence for each, each starting with the path
 */
export function findViolations(files: readonly SourceFile[], manifests: Manifests): string[] {
  const code = files.filter(({ path }) => /\.(ts|mjs)$/.test(path))
  const imports = new Map(code.map((file) => [file.path, readImports(file.text)]))
  return [
    ...files.flatMap(checkShape),
    ...code.flatMap(({ path }) => (imports.get(path) ?? []).flatMap((found) => checkImport(path, found, manifests))),
    ...findCycles(imports),
  ]
}

/**
 * What a package.json declares and no file of its folder imports: it would be installed, and read by people, for nothing.
 *
 * @returns one sentence for each, each starting with the path
 */
export function findUnusedDependencies(files: readonly SourceFile[], manifests: Manifests): string[] {
  return [...manifests].flatMap(([folder, { runtime, development }]) => {
    const own = files.filter(({ path }) => path.startsWith(`${folder}/`) && !path.endsWith('.lua'))
    const imported = new Set(
      own.flatMap(({ text }) => readImports(text).map(({ specifier }) => packageName(specifier))),
    )
    return [...runtime, ...development]
      .filter((name) => !imported.has(name.replace(/^@types\//, '')))
      .map((name) => `${folder}/package.json declares ${name}, which no file there imports`)
  })
}

/** Imports are read as text: that needs no compiler, and sees those that are never run. */
export function readImports(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const fixed = /^\s*(?:import|export)\b(\s+type\b)?(?:[^'"`;=(]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g
  return [
    ...[...code.matchAll(fixed)].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    ...[...code.matchAll(dynamic)].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ]
}

function checkShape({ path, text }: SourceFile): string[] {
  const violations: string[] = []
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const limit = path.endsWith('.lua') ? MAX_LUA_LINES : MAX_FILE_LINES
  if (lines > limit) violations.push(`${path} has ${lines} lines; the limit is ${limit}`)
  const names = path.split('/').map((part) => part.split('.')[0] ?? '')
  const vague = names.find((name) => VAGUE_NAME.test(name))
  if (vague !== undefined) violations.push(`${path} is named "${vague}", which says nothing about what is in it`)
  return violations
}

function checkImport(path: string, { specifier }: Import, manifests: Manifests): string[] {
  const part = partOf(path)
  if (specifier.startsWith('.')) return checkRelative(path, specifier)
  if (part === undefined) return []
  const rule = RULES[part]
  if (rule === undefined) return [`${path}: ${part} has no row in scripts/boundary-rules.ts`]
  const refuse = (why: string) => [`${path} imports ${specifier}: ${why}`]
  if (specifier.startsWith('node:')) {
    const impure = rule.pure === true && !isTest(path) && !ALLOWED_IN_PURE.includes(specifier)
    return impure ? refuse(`${part} is pure`) : []
  }
  const isFixture = isTest(path) && specifier.endsWith('/test-support')
  if (isDeep(specifier) && !isFixture) return refuse("only a package's index.ts is public")
  const name = packageName(specifier)
  if (!isAllowed(name, rule) && !(isTest(path) && isAllowed(name, TEST_RULE))) return refuse(`${part} may not`)
  return isDeclared(name, path, manifests.get(part))
    ? []
    : refuse(`${part}/package.json does not declare it for this use`)
}

function checkRelative(path: string, specifier: string): string[] {
  const target = posix.join(posix.dirname(path), specifier)
  const from = partOf(path)
  const to = partOf(target)
  const refuse = (why: string) => [`${path} imports ${specifier}: ${why}`]
  if (from === to) {
    if (isTest(target) && !isTest(path)) return refuse('that is part of a test')
    return isUpwardsInEdge(path, target) ? refuse('that is a storey above') : []
  }
  if (from !== undefined) return refuse('relative imports stay inside their part')
  return /^packages\/[^/]+\/src\/index\.ts$/.test(target) ? [] : refuse("only a package's index.ts is public")
}

/** Whether a file of the edge imports from a storey above its own, or from a neighbour on it (an output from another, say). */
function isUpwardsInEdge(path: string, target: string): boolean {
  const from = edgeRoomOf(path)
  const to = edgeRoomOf(target)
  if (isTest(path) || from === undefined || to === undefined || from.room === to.room) return false
  return to.storey < from.storey || (to.storey === from.storey && from.room.startsWith('outputs/'))
}

/** `undefined` for what lies outside of the storeys: the files that build the edge. */
function edgeRoomOf(path: string): { readonly room: string; readonly storey: number } | undefined {
  const [, folder = '', inner = ''] = /^apps\/api\/src\/([^/]+)\/(?:([^/]+)\/)?/.exec(path) ?? []
  const storey = EDGE_STOREYS.findIndex((names) => names.includes(folder))
  return storey < 0 ? undefined : { room: folder === 'outputs' ? `outputs/${inner}` : folder, storey }
}

function isAllowed(name: string, rule: Rule): boolean {
  return rule.thirdParty.includes(name) || rule.workspace.some((workspace) => name === `@kptv/${workspace}`)
}

function isDeclared(name: string, path: string, manifest: Manifest | undefined): boolean {
  // The root's own tools are linked for every part.
  if (name === '@jest/globals') return true
  const runtime = manifest?.runtime.includes(name) ?? false
  return (
    runtime ||
    ((isTest(path) || NEVER_IN_THE_PRODUCT.has(partOf(path) ?? '')) && (manifest?.development.includes(name) ?? false))
  )
}

/** Cycles of files by their relative imports; those for types alone vanish before the code runs. */
function findCycles(imports: ReadonlyMap<string, readonly Import[]>): string[] {
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      cycles.push(`${path} imports itself in a circle: ${[...trail.slice(start), path].join(' → ')}`)
      return
    }
    if (done.has(path)) return
    for (const { specifier, typeOnly } of imports.get(path) ?? []) {
      if (!typeOnly && specifier.startsWith('.')) visit(posix.join(posix.dirname(path), specifier), [...trail, path])
    }
    done.add(path)
  }
  for (const path of imports.keys()) visit(path, [])
  return cycles
}

/** The part of the workspace that a file belongs to; `undefined` for scripts and the root. */
function partOf(path: string): string | undefined {
  const [first = '', second = ''] = path.split('/')
  if (first === 'packages' || first === 'apps') return `${first}/${second}`
  return NEVER_IN_THE_PRODUCT.has(first) ? first : undefined
}

function isTest(path: string): boolean {
  const name = path.split('/').at(-1) ?? ''
  return /\.test\.ts$/.test(name) || /(^|[-/])test-|-test-/.test(name) || path.includes('/test-support/')
}

function isDeep(specifier: string): boolean {
  return specifier.startsWith('@kptv/') && specifier.split('/').length > 2
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
