import assert from 'node:assert/strict'
import {
  registerSchema,
  unregisterSchema,
  type Validator,
  validate,
} from '@hyperjump/json-schema/draft-2020-12'

/** What the answers of one endpoint are held to. */
export type CheckAnswer = (answer: Response, what: string) => Promise<void>

// biome-ignore lint/suspicious/noExplicitAny: a document of any api
type Document = any

/**
 * Holds answers to the OpenAPI document that `url` serves: each has a status and a media type that the endpoint declares,
 * and a JSON body that fits the schema which is declared there.
 */
export async function declaredAnswers(url: string): Promise<(method: string, path: string) => CheckAnswer> {
  const document: Document = await (await fetch(new URL('/openapi.json', url))).json()
  const validators = new Map<string, Promise<Validator>>()
  const compiled = (schema: unknown): Promise<Validator> => {
    const text = JSON.stringify(schema)
    const known = validators.get(text)
    if (known !== undefined) return known
    const made = compile(schema, document)
    validators.set(text, made)
    return made
  }
  return (method, path) => {
    const { responses } = document.paths[path][method.toLowerCase()]
    return async (answer, what) => {
      const declared = meant(responses[answer.status], document)
      const text = await answer.text()
      assert.ok(
        declared !== undefined,
        `${answer.status} of ${method} ${path} is not declared: ${what}: ${text}`,
      )
      if (text === '') {
        assert.equal(declared.content, undefined, `${what}: a body is declared, and there is none`)
        return
      }
      const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? ''
      const content = declared.content?.[type] ?? declared.content?.['*/*']
      assert.ok(
        content !== undefined,
        `${type} with ${answer.status} of ${method} ${path} is not declared: ${what}`,
      )
      if (!type.endsWith('json')) return
      const output = (await compiled(content.schema))(JSON.parse(text), 'BASIC')
      assert.deepEqual(output, { valid: true }, `${what}: ${text} is not as declared`)
    }
  }
}

const meant = (found: Document, { components }: Document): Document =>
  found?.$ref === undefined ? found : components.responses[found.$ref.split('/').at(-1)]

let count = 0

async function compile(schema: unknown, { components }: Document): Promise<Validator> {
  const id = `https://document.example/${++count}`
  registerSchema({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    allOf: [schema],
    components,
  } as never)
  try {
    return await validate(id)
  } finally {
    unregisterSchema(id)
  }
}
