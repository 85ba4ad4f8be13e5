import { describe, test } from 'node:test'
import { rowRules } from './conformance/adding.ts'
import { closeRules, foreignAwaitRules } from './conformance/endings.ts'
import type { Opened, Rule } from './conformance/rule.ts'
import { readRules, statementRules } from './conformance/statements.ts'
import { columnRules, dialectRules, schemaRules } from './conformance/tables.ts'
import { addingRules, nestedRules, unitRules } from './conformance/units.ts'
import { watchRules } from './conformance/watching.ts'
import { writingRules } from './conformance/writing.ts'

export type { Opened } from './conformance/rule.ts'

/** Every rule of the port, as tests. A store is one when they pass. */
export function describeStore(name: string, open: () => Promise<Opened>): void {
  const rule: Rule = (title, body) => {
    test(title, { timeout: 60_000 }, async () => {
      const opened = await open()
      try {
        const { dialect } = opened.store
        await opened.store.unit(tx =>
          tx.run(
            `create table items (id text primary key, ${dialect.declare('n', 'integer', true)})${dialect.tableOptions}`,
          ),
        )
        await body(opened)
      } finally {
        await opened.cleanup()
      }
    })
  }
  describe(name, () => {
    describe('units', () => unitRules(rule))
    describe('units that add', () => addingRules(rule))
    describe('changes that are not waited for', () => writingRules(rule))
    describe('rows', () => rowRules(rule))
    describe('nested work', () => nestedRules(rule))
    describe('foreign awaits', () => foreignAwaitRules(rule))
    describe('statements', () => statementRules(rule))
    describe('reads', () => readRules(rule))
    describe('columns', () => columnRules(rule))
    describe('the dialect', () => dialectRules(rule))
    describe('the schema', () => schemaRules(rule))
    describe('watching', () => watchRules(rule))
    describe('close', () => closeRules(rule))
  })
}
