import * as z from 'zod'
import { api, endpoint, fileContent, resource } from '../../src/contract/index.ts'
import { files } from '../../src/files/index.ts'

// A small api that takes and answers files, for tests of what becomes of them.

const Picture = z.object({
  id: z.string(),
  caption: z.string().min(1).max(100),
  tags: z.array(z.string()).default([]),
  image: z.object({ id: z.string(), name: z.string(), type: z.string(), size: z.int(), sha256: z.string() }),
  sketch: z.string().optional(),
})

const pictures = resource('picture', {
  path: '/pictures',
  schema: Picture,
  owner: 'account_id',
  methods: ['list', 'get'],
})

export const MAX_IMAGE = 2 * 2 ** 20

const hang = endpoint({
  method: 'POST',
  path: '/pictures',
  input: z.object({ caption: z.string().min(1).max(100), tags: z.array(z.string()).default([]) }),
  files: {
    image: { types: ['image/png', 'image/jpeg'], maxBytes: MAX_IMAGE },
    sketch: { optional: true, maxBytes: 1000 },
  },
  output: Picture,
  status: 201,
  location: picture => `/pictures/${picture.id}`,
  problems: { 'no-wall': 409 },
  names: { output: 'Picture' },
  prepare: async ({ files: { sketch }, read }) => {
    if (sketch === undefined) return undefined
    const bytes = new Uint8Array(await new Response(ReadableStream.from(read(sketch))).arrayBuffer())
    return `${sketch.name}, ${bytes.length} bytes`
  },
  handle: async ({ files: { image }, input, on, fail, prepared: sketch }) => {
    const made = await on(pictures).create({
      ...input,
      image,
      ...(sketch !== undefined && { sketch }),
    })
    if (input.caption === 'no wall') throw fail('no-wall')
    if (input.caption === 'broken') throw new Error('the handler is broken')
    return made
  },
})

const takeDown = endpoint({
  method: 'DELETE',
  path: '/pictures/{id}',
  problems: { 'not-found': 404 },
  handle: async ({ on, params, fail }) => {
    const picture = (await on(pictures).get(params.id)) ?? fail('not-found')
    await on(files).delete(picture.image.id)
    await on(pictures).delete(picture.id)
  },
})

const show = endpoint({
  method: 'GET',
  path: '/pictures/{id}/image',
  output: fileContent({ types: ['image/png', 'image/jpeg'] }),
  problems: { 'not-found': 404 },
  handle: async ({ on, params, fail }) => ((await on(pictures).get(params.id)) ?? fail('not-found')).image,
})

/** Takes any file, of up to 2 GiB, alone or as a part. */
const store = endpoint({
  method: 'PUT',
  path: '/vault',
  files: { file: { maxBytes: 2 ** 31 } },
  output: z.object({ id: z.string(), name: z.string(), type: z.string(), size: z.int(), sha256: z.string() }),
  handle: ({ files: { file } }) => file,
})

const view = endpoint({
  method: 'GET',
  path: '/public/{id}',
  output: fileContent({ shared: true }),
  open: true,
  problems: { 'not-found': 404 },
  handle: ({ params }) => params,
})

export const gallery = api({
  title: 'Gallery',
  version: '1',
  base: '/v1',
  resources: [pictures],
  endpoints: { hang, takeDown, show, store, view },
})
