export { type Described, type OpenApiDocument, openApiDocument } from './document.ts'
export type { HtmlPage } from './html.ts'
export { type ReferenceAsset, referenceAsset, referencePage } from './page.ts'
export { problemsPage } from './problems-page.ts'
