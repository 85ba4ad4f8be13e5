export { type Claim, type Queue, queue } from './lease.ts'
export { type Loop, startLoop, type Turn } from './loop.ts'
export { operations, startEndpoint } from './operations.ts'
export { type CompiledOperation, type Runner, startRunner } from './runner.ts'
