import express from 'express'
import { add, get, list } from './articles.ts'
import { Limit, NewArticle } from './zod-schemas.ts'

const app = express()
app.use(express.json())

app.get('/articles/:id', (request, response) => {
  const article = get(request.params.id)
  if (article === undefined) response.status(404).json({ error: 'not found' })
  else response.json(article)
})

app.get('/articles', (request, response) => {
  const query = Limit.safeParse(request.query)
  if (query.success) response.json(list(query.data.limit))
  else response.status(422).json({ error: query.error.issues })
})

app.post('/articles', (request, response) => {
  const body = NewArticle.safeParse(request.body)
  if (body.success) response.status(201).json(add(body.data))
  else response.status(422).json({ error: body.error.issues })
})

app.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('READY'))
