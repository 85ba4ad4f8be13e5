const properties = {
  headline: { type: 'string', minLength: 1, maxLength: 200 },
  body: { type: 'string', maxLength: 10_000 },
  link: { type: 'string', format: 'uri' },
  tags: { type: 'array', items: { type: 'string' }, maxItems: 10 },
  score: { type: 'number', minimum: 0 },
  published_at: { type: 'string', format: 'date-time' },
} as const

export const newArticleSchema = { type: 'object', properties, required: Object.keys(properties) } as const

export const articleSchema = {
  type: 'object',
  properties: { id: { type: 'string' }, ...properties },
  required: ['id', ...Object.keys(properties)],
} as const

export const pageSchema = {
  type: 'object',
  properties: { data: { type: 'array', items: articleSchema }, next: { type: ['string', 'null'] } },
  required: ['data', 'next'],
} as const

export const limitSchema = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
} as const
