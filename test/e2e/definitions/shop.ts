import * as z from 'zod'
import { api, resource } from '../../../src/index.ts'

/** For `signalbox serve` and `signalbox work`. */
export const items = resource('item', {
  path: '/items',
  schema: z.object({ id: z.string(), name: z.string(), n: z.int() }),
  owner: 'account_id',
  table: 'items',
})

export const shop = api({ title: 'Shop', version: '1', base: '/v1', resources: [items] })

export const options = { egress: { open: ['loopback'] } }
