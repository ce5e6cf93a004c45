/**
 * Lists of the form `name,address`, as Chinese set-top boxes have them: `Group,#genre#` begins a
 * group, several addresses of one channel are joined by `#`, and `$` begins a remark after an
 * address.
 */
type TextListLine = { readonly group: string } | { readonly name: string; readonly addresses: readonly string[] }

/** The content of a line in that form, or undefined for any other line. */
export function readTextListLine(line: string): TextListLine | undefined {
  const comma = line.search(/[,，]/)
  if (comma < 1 || SCHEME.test(line)) return undefined
  const name = line.slice(0, comma).trim()
  const rest = line.slice(comma + 1).trim()
  if (/^#genre#$/i.test(rest)) return { group: name }
  if (name === '' || !SCHEME.test(rest)) return undefined
  return { name, addresses: rest.split(NEXT_ADDRESS).map((address) => address.replace(REMARK, '')) }
}

const SCHEME = /^[a-z][a-z0-9+.-]{1,15}:\/\//i
const NEXT_ADDRESS = /#(?=[a-z][a-z0-9+.-]{1,15}:\/\/)/i
/** After the last part of the path, where no address has it. */
const REMARK = /\$[^$/?&=]*$/
