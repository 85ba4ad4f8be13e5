import { type CompiledApi, compileApi } from '../../src/app/compile.ts'
import { createIds, createSeal, systemClock, systemRandom } from '../../src/base/index.ts'
import type { Api } from '../../src/contract/index.ts'
import { dialect } from '../../src/store/sqlite/dialect.ts'
import { createEgress } from '../../src/webhooks/index.ts'

/** An api as an app compiles it, without a store or a network. */
export const compileOnly = (definition: Api): CompiledApi =>
  compileApi(definition, {
    dialect,
    egress: createEgress({ open: [] }),
    clock: systemClock,
    random: systemRandom,
    seal: createSeal([], systemRandom),
    newId: createIds(systemClock, systemRandom),
    call: () => Promise.reject(new Error('nothing is called')),
  })
