export { crcBase62, randomBase62, sha256 } from './bytes.ts'
export { type Clock, isoTime, systemClock, type UnixMs } from './clock.ts'
export { createIds, type NewId } from './ids.ts'
export { type Random, systemRandom } from './random.ts'
