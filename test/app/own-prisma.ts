import type { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient, type Types } from '@prisma/client/runtime/client'

// Prisma's generator wants a program that it loads from the internet. What it writes into an application is little more than
// this: a description of the models, around the client that comes with the package.

type PrismaPromise<T> = Types.Public.PrismaPromise<T>

/** As the generator declares it, of what tests use. */
export interface PrismaTx {
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PrismaPromise<T>
  $executeRawUnsafe(query: string, ...values: unknown[]): PrismaPromise<number>
}

interface PrismaClient extends PrismaTx {
  $transaction<R>(work: (tx: PrismaTx) => Promise<R>): Promise<R>
  $disconnect(): Promise<void>
}

const COMPILER = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'

const Client = getPrismaClient({
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '7.10.0',
  activeProvider: 'postgresql',
  inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
  compilerWasm: {
    getRuntime: () => import(`${COMPILER}.mjs`),
    async getQueryCompilerWasmModule() {
      const { wasm } = await import(`${COMPILER}.wasm-base64.mjs`)
      // The compiler's types come with a browser's.
      const { Module } = Reflect.get(globalThis, 'WebAssembly') as { Module: new (bytes: Buffer) => unknown }
      return new Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_fast_bg.js',
  },
  // Three counts of nothing.
  parameterizationSchema: { strings: [], graph: 'AAAA' },
})

export const createPrismaClient = (adapter: PrismaPg): PrismaClient =>
  new Client({ adapter }) as unknown as PrismaClient
