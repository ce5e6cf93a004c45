import { describe, expect, test } from '@jest/globals'
import { ERROR_ANSWERS, ERROR_CODES, errorBody } from './errors.ts'
import { openApiDocument } from './openapi.ts'

type Schema = Readonly<Record<string, unknown>>
const document = openApiDocument('1.2.3') as {
  readonly info: { readonly version: string }
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, unknown>; readonly parameters?: Schema[] }>
  >
  readonly components: { readonly schemas: Record<string, Schema> }
}

test("can be written as JSON, and states the product's version", () => {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  expect(document.info.version).toBe('1.2.3')
})

test('every reference leads to a schema of the document', () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)
  const names = new Set([...references].map(([, name]) => name))
  expect(names.size).toBeGreaterThan(2)
  for (const name of names) expect(document.components.schemas).toHaveProperty(name!)
})

test('every parameter of a path is declared, and no other', () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const { parameters = [] } of Object.values(operations))
      expect(parameters.filter((one) => one.in === 'path').map((one) => one.name)).toEqual(inPath)
  }
})

describe('errors', () => {
  test.each(ERROR_CODES)('%s: a body with it is valid, one with an unknown code is not', (code) => {
    const { message } = ERROR_ANSWERS[code]
    expect(errorBody.safeParse({ error: code, message }).success).toBe(true)
    expect(errorBody.safeParse({ error: `${code}-x`, message }).success).toBe(false)
  })

  test('their messages are sentences without secrets to fill in', () => {
    for (const { message } of Object.values(ERROR_ANSWERS)) expect(message).toMatch(/^[A-Z][^{}$]*\.$/)
  })
})
