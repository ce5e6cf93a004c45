/** `npm run docs`: writes those parts of the documents that follow from the code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './child-process.ts'
import { GENERATED_PARTS, readDocument, withPart } from './generated-docs.ts'

for (const part of GENERATED_PARTS) {
  const before = readDocument(part.file)
  const after = withPart(before, part)
  if (after === before) continue
  writeFileSync(join(ROOT, part.file), after)
  console.log(`kptv: ${part.file}: ${part.name ?? 'all of it'} written`)
}
