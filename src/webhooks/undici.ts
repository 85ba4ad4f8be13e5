import { later, load } from '../base/index.ts'

/** 29 MB, which a program needs with its first attempt or `fetch`. */
export const undici = later(() => load('undici') as typeof import('undici'))
