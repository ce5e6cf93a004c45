/** Licences that go together with MIT, in what runs as well as in tools. */
const COMPATIBLE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
  'WTFPL',
])

/**
 * Tools under a licence that binds changes to their own files only: they build and test, and no
 * image holds them.
 */
const TOOLS_AS_THEY_ARE = /^(?:axe-core|lightningcss(?:-[\w-]+)?)$/

/** Data of tools, which no image holds: tables of browsers, words for the spelling check. */
const DATA_OF_TOOLS = new Set(['caniuse-lite', '@cspell/dict-en-common-misspellings'])

export type Manifest = {
  readonly name?: string
  readonly license?: unknown
  readonly licenses?: unknown
}

/** One line for each package whose licence is missing, or is not known to go together with MIT. */
export function findForeignLicences(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const { name = '(no name)' } = manifest
    const licence = licenceOf(manifest)
    if (DATA_OF_TOOLS.has(name) || (licence === 'MPL-2.0' && TOOLS_AS_THEY_ARE.test(name)) || isCompatible(licence))
      return []
    return [`${name}: ${licence === '' ? 'no licence' : licence}`]
  })
}

/** Older manifests have an object, or a list of them. */
function licenceOf({ license, licenses }: Manifest): string {
  const all = [license ?? licenses ?? []].flat() as Array<string | { readonly type?: string }>
  return all.map((one) => (typeof one === 'string' ? one : (one.type ?? ''))).join(' OR ')
}

/** SPDX: with `OR` one part is enough, with `AND` all must do. */
function isCompatible(expression: string): boolean {
  const text = expression.replace(/^\((.*)\)$/, '$1')
  return text.split(' OR ').some((part) => part.split(' AND ').every((one) => COMPATIBLE.has(one.trim())))
}
