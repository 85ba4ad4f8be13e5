export { type Claim, type Queue, queue } from './lease.ts'
export { type Loop, type Round, startLoop } from './loop.ts'
export { operations, startEndpoint } from './operations.ts'
export { type CompiledOperation, type Runner, startRunner } from './runner.ts'
