// What any program has that names its data in zod: the same definition as `footprint-signalbox.js`, over the HTTP of Node.
import { createServer } from 'node:http'
import { Article, draft } from './footprint-article.js'

const article = Article.parse({ id: 'art_1', ...draft })
createServer((_, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(article))
}).listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('READY'))
