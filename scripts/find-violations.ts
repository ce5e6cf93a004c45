import { posix } from 'node:path'
import {
  ALLOWED_IN_PURE,
  EDGE_HOUSES,
  EDGE_STOREYS,
  MAX_COMMENT_COLUMNS,
  MAX_LINES,
  MAX_LUA_LINES,
  RETIRED_CONSTANT,
  RULES,
  type Rule,
  TEST_RULE,
  VAGUE_NAME,
} from './boundary-rules.ts'

/** A line that is all comment, in TypeScript or Lua; rows of tables may be as wide as they are. */
const COMMENT_LINE = /^\s*(?:\/\/|\/?\*|--)(?! \|)/

/** A file of the repository; `path` is relative to its root, with `/`. */
export type SourceFile = { readonly path: string; readonly text: string }

/** All that a package.json names. */
type Manifest = { readonly runtime: readonly string[]; readonly development: readonly string[] }

/** Each by the folder it lies in. */
export type Manifests = ReadonlyMap<string, Manifest>

/** Parts of the workspace in the root: all their dependencies are for development. */
const NEVER_IN_THE_PRODUCT: ReadonlySet<string> = new Set(['test', 'bench'])

/**
 * Where files break the layout: who imports whom, length of scripts in Lua, width of comments,
 * names. Biome finds import cycles and files that are too long.
 *
 * @returns one sentence for each, each starting with the path
 */
export function findViolations(files: readonly SourceFile[], manifests: Manifests): string[] {
  const code = files.filter(({ path }) => /\.(tsx?|mjs)$/.test(path))
  return [
    ...files.flatMap(checkShape),
    ...code.flatMap(({ path, text }) =>
      readImports(text).flatMap((specifier) => checkImport(path, specifier, manifests)),
    ),
  ]
}

/**
 * Dependencies that a package.json declares and no file of its folder imports: people would install
 * and read them for nothing.
 *
 * @returns one sentence for each, each starting with the path
 */
export function findUnusedDependencies(files: readonly SourceFile[], manifests: Manifests): string[] {
  return [...manifests].flatMap(([folder, { runtime, development }]) => {
    const own = files.filter(({ path }) => path.startsWith(`${folder}/`) && !path.endsWith('.lua'))
    const imported = new Set(own.flatMap(({ text }) => readImports(text).map(packageName)))
    return [...runtime, ...development]
      .filter((name) => !imported.has(name.replace(/^@types\//, '')))
      .map((name) => `${folder}/package.json declares ${name}, which no file there imports`)
  })
}

/**
 * The specifiers of all imports, read as text: that needs no compiler, and sees those that never
 * run.
 */
export function readImports(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const fixed = /^\s*(?:import|export)\b(?:[^'"`;=(]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g
  return [fixed, dynamic].flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier = '']) => specifier))
}

function checkShape({ path, text }: SourceFile): string[] {
  const violations: string[] = []
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const maxLines = path.endsWith('.lua') ? MAX_LUA_LINES : MAX_LINES
  if (lines > maxLines) {
    violations.push(`${path} has ${lines} lines; the limit is ${maxLines}`)
  }
  const retired = isTest(path) ? undefined : RETIRED_CONSTANT.exec(text)?.[0]
  if (retired !== undefined) violations.push(`${path} has a constant ${retired}…: an upper bound is called MAX_…`)
  for (const [index, line] of text.split('\n').entries()) {
    if (COMMENT_LINE.test(line) && [...line].length > MAX_COMMENT_COLUMNS) {
      violations.push(`${path}:${index + 1} has a comment wider than ${MAX_COMMENT_COLUMNS} columns`)
    }
  }
  const names = path.split('/').map((part) => part.split('.')[0] ?? '')
  const vague = names.find((name) => VAGUE_NAME.test(name))
  if (vague !== undefined) violations.push(`${path} is named "${vague}", which does not say what is in it`)
  return violations
}

function checkImport(path: string, specifier: string, manifests: Manifests): string[] {
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

/**
 * Whether a file of the edge imports from a storey above its own, or from a neighbour that it
 * should not know, like an output from another output.
 */
function isUpwardsInEdge(path: string, target: string): boolean {
  const from = edgeRoomOf(path)
  const to = edgeRoomOf(target)
  if (isTest(path) || from === undefined || to === undefined || from.room === to.room) return false
  return to.storey < from.storey || (to.storey === from.storey && from.room.includes('/'))
}

/** `undefined` for files outside the storeys: those that build the edge. */
function edgeRoomOf(path: string): { readonly room: string; readonly storey: number } | undefined {
  const [, folder = '', inner = ''] = /^apps\/api\/src\/([^/]+)\/(?:([^/]+)\/)?/.exec(path) ?? []
  const storey = EDGE_STOREYS.findIndex((names) => names.includes(folder))
  return storey < 0 ? undefined : { room: EDGE_HOUSES.includes(folder) ? `${folder}/${inner}` : folder, storey }
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
