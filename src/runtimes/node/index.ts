export { type App, type AppOptions, openApp } from '../../app/index.ts'
export { listener } from './listener.ts'
export { type ServeOptions, type Serving, serve } from './serve.ts'
