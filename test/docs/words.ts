import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Words for which the glossary has another. */
export const otherWords: { readonly [word: string]: string } = {
  tenant: 'account',
  customer: 'account',
  consumer: 'account',
  response: 'answer',
  reply: 'answer',
  token: 'key',
  apikey: 'key',
  subscription: 'webhook',
  subscriber: 'webhook',
  hook: 'webhook',
  callback: 'webhook',
  endpointurl: 'webhook',
  job: 'operation',
  workflow: 'operation',
  try: 'attempt',
  lock: 'claim',
  topic: 'event type',
  entity: 'resource',
  model: 'resource',
  transaction: 'unit of work',
  database: 'store',
  module: 'room',
  layer: 'floor',
}

/** The words of a name one by one, and each two of them together: `apiKeyOf` has `api`, `key`, `of`, `apikey`, `keyof`. */
function wordsOf(name: string): readonly string[] {
  const words = name.split(/(?<=[a-z0-9])(?=[A-Z])|_/).map(word => word.toLowerCase())
  return [...words, ...words.slice(1).map((word, i) => (words[i] ?? '') + word)]
}

/** The words in a name that the glossary calls something else. */
export const wrongWords = (name: string): readonly string[] =>
  wordsOf(name).filter(word => Object.hasOwn(otherWords, word))

/** The names that an index exports, those behind `export *` included. */
export function exportedNames(index: string): readonly string[] {
  const source = readFileSync(index, 'utf8')
  const listed = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) =>
    names.split(',').map(name => (name.trim().split(/ as /).at(-1) ?? '').replace(/^type /, '')),
  )
  const starred = [...source.matchAll(/export \* from '([^']+)'/g)].flatMap(([, from = '']) =>
    exportedNames(join(dirname(index), from)),
  )
  const declared = [
    ...source.matchAll(/^export (?:async )?(?:const|function|interface|type|class) ([A-Za-z0-9_]+)/gm),
  ].map(([, name = '']) => name)
  return [...listed, ...starred, ...declared].filter(name => name !== '')
}
