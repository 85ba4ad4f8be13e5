import { fdatasync } from 'node:fs'
import { resolve } from 'node:path'
import type { OpenStore } from '../../src/store/index.ts'
import { openStore } from '../../src/store/sqlite/store.ts'

/** A store on a disk that takes so much longer for each flush than the one which is there. */
export const onSlowDisk =
  (file: string, extraMs: number): OpenStore =>
  () =>
    openStore(resolve(file), {}, (fd, done) => {
      fdatasync(fd, error => setTimeout(done, extraMs, error))
    })
